import { BlockList, isIP } from 'node:net'
import type { Context } from 'hono'
import type { DevicesSettings } from '../config.ts'
import { isThenable } from '../synchronous.ts'
import { networkOf } from './network.ts'

/**
 * The address of a request. A header counts only if a proxy that the app trusts has written it. Each proxy appends the
 * address of its own client to `X-Forwarded-For`. Any client may have written the values before that (ASVS 4.1.3).
 */
export function addressOf(
  c: Context,
  { address, trustProxy }: DevicesSettings,
): string | undefined {
  if (address === 'none') return undefined
  // A connection without an address keeps its place in the chain. Otherwise a value that a client wrote could take it.
  const chain = [...forwarded(c), peerOf(c) ?? '']
  const client =
    typeof trustProxy === 'number' ? chain.at(-1 - trustProxy) : first(chain, trustProxy)
  if (client === undefined || isIP(client) === 0) return undefined
  return address === 'full' ? client : shortened(client)
}

/** The addresses of the header, without ports and brackets. */
function forwarded(c: Context): string[] {
  const header = c.req.header('X-Forwarded-For') ?? ''
  return header === '' ? [] : header.split(',').map((entry) => plain(entry.trim()))
}

/** Removes ports, brackets and the IPv6 prefix: `1.2.3.4:5678`, `[2001:db8::1]:5678`, `::ffff:1.2.3.4`. */
function plain(text: string): string {
  const bare = /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text
  return withoutMapping(bare.replace(/%.*$/, ''))
}

/** An IPv4 address in the form of IPv6, in any notation: `::ffff:203.0.113.9`, `::ffff:cb00:7109`. */
function withoutMapping(address: string): string {
  if (isIP(address) !== 6) return address
  const mapped = /^\[::ffff:([\da-f]{1,4}):([\da-f]{1,4})\]$/.exec(
    new URL(`http://[${address}]/`).hostname,
  )
  if (!mapped) return address
  return mapped
    .slice(1)
    .map((group) => Number.parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 255])
    .join('.')
}

/** The last address that is not a trusted proxy. If all of them are, the first one. */
function first(chain: readonly string[], networks: readonly string[]): string | undefined {
  const trusted = new BlockList()
  for (const network of networks.flatMap((text) => networkOf(text) ?? [])) {
    trusted.addSubnet(network.address, network.bits, network.family)
  }
  const isTrusted = (one: string) =>
    isIP(one) !== 0 && trusted.check(one, isIP(one) === 4 ? 'ipv4' : 'ipv6')
  return chain.findLast((one) => !isTrusted(one)) ?? chain[0]
}

/** The other end of the connection, from the runtime: Node, Deno, Bun, AWS Lambda, Netlify, Cloudflare. */
function peerOf({ env, req }: Context): string | undefined {
  const node: unknown = at(env, 'incoming', 'socket', 'remoteAddress')
  const deno: unknown =
    at(env, 'remoteAddr', 'hostname') ?? at(env, 'info', 'remoteAddr', 'hostname')
  const address = node ?? deno ?? bunPeer(env, req.raw) ?? eventPeer(env) ?? cloudflarePeer(req)
  return typeof address === 'string' ? plain(address) : undefined
}

/** The address in the event of a function: API Gateway, a function URL, Lambda@Edge or Netlify. */
function eventPeer(env: unknown): unknown {
  return (
    at(env, 'requestContext', 'http', 'sourceIp') ??
    at(env, 'requestContext', 'identity', 'sourceIp') ??
    at(env, 'request', 'clientIp') ??
    at(env, 'context', 'ip')
  )
}

/** A Worker has no connection, but Cloudflare sets this header. On other platforms, any client can send it. */
function cloudflarePeer(req: Context['req']): string | undefined {
  const isWorker = at(globalThis, 'navigator', 'userAgent') === 'Cloudflare-Workers'
  return isWorker ? req.header('CF-Connecting-IP') : undefined
}

function bunPeer(env: unknown, request: Request): unknown {
  const server = at(env, 'server') ?? env
  const ask: unknown = at(server, 'requestIP')
  if (typeof ask !== 'function') return undefined
  const answer: unknown = Reflect.apply(ask, server, [request])
  return isThenable(answer) ? undefined : at(answer, 'address')
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value
  for (const name of path) found = Reflect.get(Object(found), name)
  return found
}

/** The network of an address: the first three parts of an IPv4 address, the first three groups of an IPv6 address. */
function shortened(address: string): string {
  if (isIP(address) === 4) return address.replace(/\d+$/, '0/24')
  // The URL parser writes the address in its shortest form.
  const [head = '', tail = ''] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::')
  const groups = head === '' ? [] : head.split(':')
  const ends = tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - ends.length) }, () => '0')
  const network = [...groups, ...zeros, ...ends].slice(0, 3).join(':')
  return `${new URL(`http://[${network}::]/`).hostname.slice(1, -1)}/48`
}
