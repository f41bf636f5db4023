import type { Context } from 'hono'
import type { DevicesSettings } from '../config.ts'
import type { Device } from '../session/facts.ts'
import { addressOf } from './address.ts'
import { deviceName } from './user-agent.ts'

/** The maximum length of a stored `User-Agent`. Browsers send a shorter one. */
const longest = 256

/** The device of a request. A client may send anything in its headers, so this is only text. */
export function deviceOf(c: Context, settings: DevicesSettings): Device {
  const userAgent = textOf(c.req.header('User-Agent'))
  const name = deviceName(userAgent, {
    brands: textOf(c.req.header('Sec-CH-UA')),
    platform: textOf(c.req.header('Sec-CH-UA-Platform')),
  })
  return { name: name.slice(0, 64), userAgent, address: addressOf(c, settings) }
}

function textOf(header = ''): string {
  return header.slice(0, longest).replace(/\p{Cc}/gu, ' ')
}
