import { isIP } from 'node:net'

/** A network in the notation of RFC 4632: an address, and the number of its bits that count. */
export interface Network {
  readonly address: string
  readonly bits: number
  readonly family: 'ipv4' | 'ipv6'
}

/** Parses `10.0.0.0/8`. A single address is a network of one address. `undefined` for anything else. */
export function networkOf(text: string): Network | undefined {
  const [address = '', length, ...more] = text.split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0) return undefined
  const most = version === 4 ? 32 : 128
  const bits = length === undefined ? most : /^\d{1,3}$/.test(length) ? Number(length) : -1
  if (bits < 0 || bits > most) return undefined
  return { address, bits, family: version === 4 ? 'ipv4' : 'ipv6' }
}
