import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import type { DevicesSettings } from '../config.ts'
import { addressOf } from './address.ts'

/** The address of a request from `peer` with this header. */
async function seen(
  peer: unknown,
  forwarded: string | undefined,
  settings: Partial<DevicesSettings> = {},
): Promise<string> {
  const app = new Hono()
  const all: DevicesSettings = { address: 'full', trustProxy: 0, ...settings }
  app.get('/', (c) => c.text(addressOf(c, all) ?? 'none'))
  const headers = forwarded === undefined ? {} : { 'X-Forwarded-For': forwarded }
  return (await app.request('/', { headers }, Object(peer))).text()
}

const node = (remoteAddress: string) => ({ incoming: { socket: { remoteAddress } } })
const proxy = node('10.0.0.2')

describe('the address of a request', () => {
  it.each([
    ['Node', node('203.0.113.9')],
    ['Node, with an IPv4 address in the form of IPv6', node('::ffff:203.0.113.9')],
    ['Node, with another notation of it', node('0:0:0:0:0:ffff:cb00:7109')],
    ['Deno', { remoteAddr: { transport: 'tcp', hostname: '203.0.113.9', port: 5 } }],
    ['Deno, in a server of Hono', { info: { remoteAddr: { hostname: '203.0.113.9' } } }],
    ['Bun', { requestIP: () => ({ address: '203.0.113.9' }) }],
    ['AWS Lambda, of a function URL', { requestContext: { http: { sourceIp: '203.0.113.9' } } }],
    ['AWS Lambda, of a REST API', { requestContext: { identity: { sourceIp: '203.0.113.9' } } }],
    ['Lambda@Edge', { request: { clientIp: '203.0.113.9' } }],
    ['Netlify', { context: { ip: '203.0.113.9' } }],
    [
      'Bun, with its server in an object',
      { server: { requestIP: () => ({ address: '203.0.113.9' }) } },
    ],
  ])('is the address of the connection on %s', async (_, env) => {
    expect(await seen(env, '198.51.100.7')).toBe('203.0.113.9')
  })

  it.each([
    ['one', 1, '203.0.113.9'],
    ['two', 2, '198.51.100.7'],
    ['three', 3, '192.0.2.1'],
    ['more than there are', 4, 'none'],
  ])(
    'is counted back from the connection if %s proxies are trusted',
    async (_, trustProxy, address) => {
      const header = '192.0.2.1, 198.51.100.7, 203.0.113.9'
      expect(await seen(proxy, header, { trustProxy })).toBe(address)
    },
  )

  it.each([
    ['10.0.0.0/8', '203.0.113.9'],
    ['203.0.113.0/24', '10.0.0.2'],
    ['0.0.0.0/0', '192.0.2.1'],
  ])('is the last address that is not in the trusted network %s', async (network, address) => {
    const header = '192.0.2.1, 203.0.113.9'
    expect(await seen(proxy, header, { trustProxy: [network] })).toBe(address)
  })

  it('is found in IPv6 networks, with ports and brackets', async () => {
    const trustProxy = ['fd00::/8']
    expect(await seen(node('fd00::1'), '[2001:db8::9]:443', { trustProxy })).toBe('2001:db8::9')
    expect(await seen(proxy, '203.0.113.9:5678', { trustProxy: 1 })).toBe('203.0.113.9')
  })

  it.each([['unknown'], ['_hidden'], ['<script>'], ['1.2.3.4.5'], ['']])(
    'is absent if a proxy wrote %j',
    async (header) => {
      expect(await seen(proxy, header, { trustProxy: 1 })).toBe('none')
    },
  )

  it('is not the address that the client wrote if the connection is unknown', async () => {
    expect(await seen({}, '198.51.100.7')).toBe('none')
    expect(await seen({}, '198.51.100.7', { trustProxy: ['10.0.0.0/8'] })).toBe('none')
    expect(await seen({}, '198.51.100.7', { trustProxy: 1 })).toBe('198.51.100.7')
  })

  it.each([
    ['203.0.113.9', '203.0.113.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    ['2001:db8::6', '2001:db8::/48'],
    ['::1', '::/48'],
    ['fe80::1%eth0', 'fe80::/48'],
  ])('%s is shortened to %s', async (address, network) => {
    expect(await seen(node(address), undefined, { address: 'network' })).toBe(network)
  })
})
