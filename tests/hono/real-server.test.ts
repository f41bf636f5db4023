import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Client } from './client.ts'
import { type RunningServer, serve } from './server.ts'
import { setting, signedIn } from './setting.ts'

const world = setting({ csrf: { maxFormBytes: 4096, trustedOrigins: ['https://other.example'] } })
world.app.post('/form', async (c) => {
  const form = await c.req.parseBody()
  const { file } = form
  return c.json({
    name: form.name,
    size: file instanceof File ? file.size : null,
    user: c.get('session').get('userId'),
  })
})
world.app.post('/bytes', async (c) => c.json((await c.req.arrayBuffer()).byteLength))
let server: RunningServer

beforeAll(async () => {
  server = await serve(world.app)
})
afterAll(() => server.close())

const client = () => new Client(fetch, server.origin)

function rawGet(cookie: string): Promise<string> {
  return server.raw(`GET /me HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n${cookie}\r\n\r\n`)
}

describe('an app on a real server', () => {
  it('signs in, reads and signs out', async () => {
    const ada = await signedIn(client())
    expect(await ada.json('/me')).toEqual({ userId: 'ada' })
    await ada.post('/logout')
    expect(await ada.json('/me')).toEqual({ userId: null })
  })

  it.each([
    ['no value', () => 'Cookie: session'],
    ['an empty value', () => 'Cookie: session='],
    ['only separators', () => 'Cookie: ;;;===;;'],
    ['raw UTF-8', () => 'Cookie: session=s\u00c3\u00a9ance'],
    ['broken percent encoding', () => 'Cookie: session=%E0%A4%A; %=%'],
    ['an unclosed quote', () => 'Cookie: session="'],
    ['ten thousand characters', () => `Cookie: session=${'a'.repeat(10_000)}`],
    ['a thousand cookies of our name', () => `Cookie: ${'session=a; '.repeat(1000)}`],
    ['two headers', () => 'Cookie: session=a\r\nCookie: session=b'],
    [
      'the name of a prototype property',
      () => 'Cookie: __proto__=1; constructor=2; session=toString',
    ],
    ['a real one without a name', (id: string) => `Cookie: =session=${id}`],
    ['a real one after a no-break space', (id: string) => `Cookie: \u00a0session=${id}`],
    [
      'a real one after a no-break space in UTF-8',
      (id: string) => `Cookie: \u00c2\u00a0session=${id}`,
    ],
    [
      'a real one after an em space in UTF-8',
      (id: string) => `Cookie: \u00e2\u0080\u0083session=${id}`,
    ],
    ['a real one with a name in another case', (id: string) => `Cookie: Session=${id}`],
    ['a real one in quotes', (id: string) => `Cookie: session="${id}"`],
    [
      'a real one in a value of another cookie',
      (id: string) => `Cookie: other="x; session=${id}`.replace('; ', ', '),
    ],
  ])('ignores an invalid session cookie without an error: %s', async (_, header) => {
    const ada = await signedIn(client())

    const answer = await rawGet(header(ada.cookie('session')))

    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(answer).toContain('{"userId":null}')
  })

  it.each([
    ['with spaces and tabs around', (id: string) => `Cookie: a=b;\t session=${id} \t; c=d`],
    ['without a space after the semicolon', (id: string) => `Cookie: a=b;session=${id};c=d`],
    ['in the second of two headers', (id: string) => `Cookie: a=b\r\nCookie: session=${id}`],
  ])('reads a valid session cookie %s', async (_, header) => {
    const ada = await signedIn(client())

    expect(await rawGet(header(ada.cookie('session')))).toContain('{"userId":"ada"}')
  })

  it('finds the token in a multipart form with a file, and the handler still gets the form', async () => {
    const ada = await signedIn(client())
    const body = new FormData()
    body.set('_token', ada.token)
    body.set('name', 'Ada Lövelace')
    body.set('file', new File([new Uint8Array(1000)], 'a.bin'))

    const response = await ada.send('POST', '/form', { body })

    expect(await response.json()).toEqual({ name: 'Ada Lövelace', size: 1000, user: 'ada' })
  })

  it('forwards a form that is sent in chunks to the handler', async () => {
    const ada = await signedIn(client())
    const parts = [`_tok`, `en=${ada.token}`, '&name=', 'Ada'].map((text) => Buffer.from(text))
    const body = new ReadableStream({
      pull(controller) {
        const part = parts.shift()
        if (part) controller.enqueue(part)
        else controller.close()
      },
    })
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }

    const response = await ada.send('POST', '/form', { body, headers })

    expect(await response.json()).toEqual({ name: 'Ada', size: null, user: 'ada' })
  })

  it('forwards a large body unchanged if a header has the token', async () => {
    const ada = await signedIn(client())
    const body = new Uint8Array(3_000_000)
    const headers = { 'Content-Type': 'multipart/form-data; boundary=x' }

    const response = await ada.post('/bytes', { body, headers })

    expect(await response.json()).toBe(3_000_000)
  })

  it('does not wait for the end of a body that is too large to search', async () => {
    const ada = await signedIn(client())
    let sent = 0
    const body = new ReadableStream({
      pull(controller) {
        sent += 1
        if (sent > 2000) controller.close()
        else controller.enqueue(new Uint8Array(10_000))
      },
    })
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }

    const response = await ada.send('POST', '/bytes', { body, headers })

    expect(response.status).toBe(403)
    expect(sent).toBeLessThan(2000)
  })
})

describe('behind a proxy that ends the TLS (R20)', () => {
  const host = 'app.example'
  const forwarded = { Host: host, 'X-Forwarded-Proto': 'https' }

  /** A request as the proxy forwards it, with the cookie and token of a signed-in user. */
  async function post(headers: Record<string, string>): Promise<string> {
    vi.stubEnv('NODE_ENV', 'test')
    const ada = await signedIn(client())
    const lines = {
      Cookie: ada.cookieHeader,
      'X-CSRF-Token': ada.token,
      Connection: 'close',
      'Content-Length': '0',
      ...headers,
    }
    const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}`)
    const answer = await server.raw(`POST /put?a=b HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`)
    return /"reason":"([^"]+)"/.exec(answer)?.[1] ?? answer.slice(9, 12)
  }

  it.each([
    ['our own https origin', { ...forwarded, Origin: 'https://app.example' }, '200'],
    ['no header from the browser', forwarded, '200'],
    ['Sec-Fetch-Site: same-origin', { ...forwarded, 'Sec-Fetch-Site': 'same-origin' }, '200'],
    ['a trusted origin', { ...forwarded, Origin: 'https://other.example' }, '200'],
    [
      'our https origin, although the proxy does not say https',
      { Host: host, Origin: 'https://app.example' },
      '200',
    ],
    [
      'our host with the standard port named',
      { ...forwarded, Host: 'app.example:443', Origin: 'https://app.example' },
      '200',
    ],
    [
      'our host over plain http, although the proxy says https',
      { ...forwarded, Origin: 'http://app.example' },
      'origin',
    ],
    ['another port', { ...forwarded, Origin: 'https://app.example:8443' }, 'origin'],
    ['a longer host', { ...forwarded, Origin: 'https://app.example.evil.example' }, 'origin'],
    [
      'our host as a user name',
      { ...forwarded, Origin: 'https://app.example@evil.example' },
      'origin',
    ],
    ['an opaque origin', { ...forwarded, Origin: 'null' }, 'origin'],
    [
      'a host that only a forwarded header contains',
      { ...forwarded, 'X-Forwarded-Host': 'evil.example', Origin: 'https://evil.example' },
      'origin',
    ],
    [
      'another site by Sec-Fetch-Site',
      { ...forwarded, Origin: 'https://app.example', 'Sec-Fetch-Site': 'cross-site' },
      'cross-site',
    ],
  ])('the origin of a request is checked correctly: %s', async (_, headers, outcome) => {
    expect(await post(headers)).toBe(outcome)
  })
})

describe('an invalid host', () => {
  const head = 'Origin: http://localhost\r\nConnection: close\r\nContent-Length: 3'
  const form = 'Content-Type: application/x-www-form-urlencoded'
  const statusOf = (answer: string) => Number(answer.slice(9, 12))

  it.each([
    'xn--',
    'xn--a',
    '256.256.256.256',
    'localhost:99999',
    '[::1',
    'user:pw@localhost',
    '',
    ' ',
  ])(
    'in the Host header (%j), with an Origin, is refused, and does not cause a 500',
    async (host) => {
      const answer = await server.raw(
        `POST /put HTTP/1.1\r\nHost: ${host}\r\n${head}\r\n${form}\r\n\r\na=b`,
      )

      expect([400, 403]).toContain(statusOf(answer))
    },
  )

  it.each(['http://user:pw@localhost/put', 'http://xn--/put', 'http://localhost:99999/put'])(
    'in the request line (%s) is refused, and does not cause a 500',
    async (url) => {
      const ada = await signedIn(client())
      for (const cookie of ['', `Cookie: ${ada.cookieHeader}\r\n`]) {
        const answer = await server.raw(
          `POST ${url} HTTP/1.1\r\nHost: localhost\r\n${cookie}${head}\r\n${form}\r\n\r\na=b`,
        )

        expect([400, 403]).toContain(statusOf(answer))
      }
    },
  )
})

describe('a WebSocket request to a real server', () => {
  it.each([
    ['http://127.0.0.1', 200],
    ['https://evil.example', 403],
  ])('from a page of %s gets the status %i', async (origin, status) => {
    const ada = await signedIn(client())
    const head = `Host: 127.0.0.1\r\nOrigin: ${origin}\r\nCookie: ${ada.cookieHeader}`
    const wish = 'Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Version: 13'
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='

    const answer = await server.raw(`GET /me HTTP/1.1\r\n${head}\r\n${wish}\r\n${key}\r\n\r\n`)

    expect(Number(answer.slice(9, 12))).toBe(status)
  })
})
