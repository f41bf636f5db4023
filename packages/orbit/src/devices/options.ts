import { aBoolean, aWholeNumber, oneOf, refuse, shown } from '../checks.ts'
import type { DevicesOptions, DevicesSettings, SessionOptions } from '../config.ts'
import type { Checked, Table } from '../option-table.ts'
import { networkOf } from './network.ts'

/** The rows of the options table for devices. */
export const devicesOptions = {
  enabled: { check: aBoolean },
  address: { default: 'network', check: oneOf('network', 'full', 'none') },
  trustProxy: { default: 0, check: hopsOrNetworks },
} satisfies Table<DevicesOptions>

/** Turns `devices: true` into `devices: { enabled: true }`. */
export function switchedDevices(devices: SessionOptions['devices']): DevicesOptions | undefined {
  return typeof devices === 'boolean' ? { enabled: devices } : devices
}

/** `undefined` if devices are not stored. */
export function devicesSettings(
  given: SessionOptions['devices'],
  { enabled = given !== undefined, ...settings }: Checked<DevicesOptions, typeof devicesOptions>,
): DevicesSettings | undefined {
  return enabled ? settings : undefined
}

function hopsOrNetworks(option: string, value: unknown): void {
  if (value === true) {
    refuse(
      option,
      'is true, so any client could choose the stored address. Use the number of proxies in front of the app, or their networks',
    )
  }
  if (!Array.isArray(value)) aWholeNumber(0, 32)(option, value)
  for (const network of Array.isArray(value) ? value : []) {
    if (typeof network === 'string' && networkOf(network)) continue
    refuse(option, `has ${shown(network)}; write networks as "10.0.0.0/8" or "fd00::/8"`)
  }
}
