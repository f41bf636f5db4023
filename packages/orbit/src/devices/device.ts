import type { Context } from 'hono'
import type { DevicesSettings } from '../config.ts'
import type { Device } from '../session/facts.ts'
import { addressOf } from './address.ts'
import { deviceName } from './user-agent.ts'

/** How much of a `User-Agent` is kept. Those of browsers are shorter. */
const longest = 256

/** The device that a request comes from. Whatever a client sends in its headers, it is only text. */
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
