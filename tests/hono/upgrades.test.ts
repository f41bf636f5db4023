import type { SessionOptions } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { reasonOf } from './forms.ts'
import { arrived, setting, signedIn } from './setting.ts'

const upgrade = { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' }
const ours = 'http://localhost'

/** An app with a WebSocket route that stops before the handshake: `passed` if it would happen. */
function socketed(options: SessionOptions = {}) {
  const world = setting(options)
  world.app.get('/socket', (c) => c.text(String(c.get('session').userId)))
  return world
}

async function opened(options: SessionOptions, headers: Record<string, string>): Promise<string> {
  const visitor = await arrived(socketed(options).client())
  return reasonOf(await visitor.get('/socket', { headers: { ...upgrade, ...headers } }))
}

describe('a WebSocket upgrade, which is a GET with cookies (ASVS 4.4.2)', () => {
  it.each<[string, Record<string, string>]>([
    ['a page of this origin', { Origin: ours, 'Sec-Fetch-Site': 'same-origin' }],
    ['a page of this origin in a browser that sends Origin only', { Origin: ours }],
    ['a trusted origin', { Origin: 'https://trusted.example', 'Sec-Fetch-Site': 'cross-site' }],
    ['a trusted app', { Origin: 'capacitor://localhost' }],
    ['a client that is not a browser', {}],
  ])('is accepted from %s', async (_, headers) => {
    const trustedOrigins = ['https://trusted.example', 'capacitor://localhost']

    expect(await opened({ csrf: { trustedOrigins } }, headers)).toBe('passed')
  })

  it.each<[string, Record<string, string>, string]>([
    [
      'another site',
      { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
      'cross-site',
    ],
    [
      'another site, in a browser that sends Origin only',
      { Origin: 'https://evil.example' },
      'origin',
    ],
    [
      'another host',
      { Origin: 'http://sub.localhost', 'Sec-Fetch-Site': 'same-site' },
      'cross-site',
    ],
    ['another port', { Origin: 'http://localhost:8080' }, 'origin'],
    ['a sandboxed page', { Origin: 'null' }, 'origin'],
    [
      'another site that writes the header in upper case',
      { Origin: 'https://evil.example', Upgrade: 'WebSocket' },
      'origin',
    ],
  ])('is refused from %s', async (_, headers, reason) => {
    expect(await opened({}, headers)).toBe(reason)
  })

  it('is refused before its handler runs, with an event and without a cookie', async () => {
    const world = socketed()
    let ran = false
    world.app.get('/own', (c) => {
      ran = true
      return c.text('open')
    })
    const headers = { ...upgrade, Origin: 'https://evil.example' }

    const response = await world.client().get('/own', { headers })

    expect(response.status).toBe(403)
    expect(response.headers.getSetCookie()).toEqual([])
    expect(ran).toBe(false)
    expect(world.events).toMatchObject([{ type: 'csrf:refused', reason: 'origin' }])
  })

  it.each<[string, SessionOptions]>([
    ['csrf.ignore names its path', { csrf: { ignore: ['/socket'] } }],
    ['refusals are only reported', { csrf: { reportOnly: true } }],
    ['the check is off', { csrf: { enabled: false } }],
  ])('is accepted from every origin if %s', async (_, options) => {
    expect(await opened(options, { Origin: 'https://evil.example' })).toBe('passed')
  })

  it('needs no token and no cookie: a visitor can open one', async () => {
    const headers = { ...upgrade, Origin: ours }

    expect(await reasonOf(await socketed().client().get('/socket', { headers }))).toBe('passed')
  })

  it('is the only GET that is checked', async () => {
    const ada = await signedIn(socketed().client())
    const headers = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }

    expect(await reasonOf(await ada.get('/socket', { headers }))).toBe('passed')
    expect(
      await reasonOf(await ada.get('/socket', { headers: { ...headers, Upgrade: 'h2c' } })),
    ).toBe('passed')
  })
})
