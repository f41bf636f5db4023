import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { session } from '@gravito/orbit'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { Client, setCookies } from '../hono/client.ts'
import { secret } from '../hono/setting.ts'
import { host, type RunningProxy, startCaddy, startNginx, startNginxForDevices } from './proxy.ts'

const origin = `https://${host}`

describe.each([
  ['nginx', startNginx],
  ['caddy', startCaddy],
])('behind %s, with the configuration from the docs', (_, startProxy) => {
  let proxy: RunningProxy
  let closeApp: () => Promise<void>
  /** Ends the open stream. */
  let finish: () => void = () => {}

  beforeAll(async () => {
    const app = await serveApp(
      () =>
        new Promise((resolve) => {
          finish = resolve
        }),
    )
    closeApp = app.close
    proxy = await startProxy(app.port)
  })
  afterEach(() => finish())
  afterAll(async () => {
    await proxy.stop()
    await closeApp()
  })

  const browser = () => new Client((request) => proxy.fetch(request), origin)

  it('the session cookie is Secure and belongs to the host only', async () => {
    const cookie = setCookies(await browser().get('/me')).find(({ name }) =>
      name.endsWith('session'),
    )

    expect(cookie?.name).toBe('__Host-session')
    expect(cookie?.attributes.has('secure')).toBe(true)
    expect(cookie?.attributes.has('domain')).toBe(false)
  })

  it.each([origin, `${origin}:8443`])(
    'a user signs in at %s in a browser that only sends Origin, and stays signed in',
    async (base) => {
      const ada = new Client((request) => proxy.fetch(request), base)
      await ada.get('/me')

      const response = await ada.post('/login', { headers: { Origin: base } })

      expect(response.status).toBe(200)
      expect(await ada.json('/me')).toEqual({ userId: 'ada' })
    },
  )

  it.each(['https://evil.example', `http://${host}`, `https://${host}:8443`])(
    'a post from %s is refused because of its origin',
    async (foreign) => {
      const ada = browser()
      await ada.get('/me')

      const response = await ada.post('/login', { headers: { Origin: foreign } })

      expect(response.status).toBe(403)
      expect(await response.json()).toMatchObject({ error: { reason: 'origin' } })
    },
  )

  it('a client cannot set the scheme with headers', async () => {
    const liar = browser()
    const headers = { 'X-Forwarded-Proto': 'http', 'X-Forwarded-Host': 'evil.example' }
    await liar.get('/me', { headers })

    const response = await liar.post('/login', {
      headers: { ...headers, Origin: `http://${host}` },
    })

    expect(liar.has('__Host-session')).toBe(true)
    expect(response.status).toBe(403)
  })

  it('plain http redirects to https', async () => {
    const response = await proxy.fetchPlain('/me?a=1')

    expect([301, 308]).toContain(response.status)
    expect(response.headers.get('Location')).toMatch(/^https:\/\/shop\.example(?::\d+)?\/me\?a=1$/)
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('a server-sent event arrives while its stream is still open', async () => {
    const response = await browser().get('/events')
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()

    const first = await reader?.read()
    finish()
    const second = await reader?.read()

    expect(first?.value).toContain('data: first')
    expect(second?.value).toContain('data: last')
  })

  it('a WebSocket opens', async () => {
    expect((await proxy.upgrade('/socket')).statusCode).toBe(101)
  })
})

describe('the address of a device, with devices.trustProxy', () => {
  it.each([
    [
      'is that of the client behind nginx with the line for devices',
      startNginxForDevices,
      '127.0.0.1',
    ],
    ['is that of the client behind caddy', startCaddy, '127.0.0.1'],
    ['is what the client claims behind nginx without the line', startNginx, '203.0.113.9'],
  ])('%s', async (_, startProxy, address) => {
    const app = await serveApp(async () => {})
    onTestFinished(() => app.close())
    const proxy = await startProxy(app.port)
    onTestFinished(() => proxy.stop())
    const ada = new Client((request) => proxy.fetch(request), origin)
    await ada.get('/me')

    await ada.post('/login', { headers: { 'X-Forwarded-For': '203.0.113.9' } })

    expect(await ada.json('/address')).toEqual({ address })
  })
})

/** An app as in production, on a port of the loopback address. */
async function serveApp(
  wait: () => Promise<void>,
): Promise<{ port: number; close: () => Promise<void> }> {
  vi.stubEnv('NODE_ENV', 'production')
  const sessions = session({ secret, devices: { address: 'full', trustProxy: 1 } })
  vi.unstubAllEnvs()
  const app = new Hono()
  app.use(sessions)
  app.get('/me', (c) => c.json({ userId: c.get('session').get('userId', null) }))
  app.post('/login', (c) => {
    c.get('session').put('userId', 'ada')
    return c.json({ ok: true })
  })
  app.get('/address', async (c) => {
    const { userId = '' } = c.get('session')
    const list = await c.get('sessions').of(userId).list()
    return c.json({ address: list.find(({ isCurrent }) => isCurrent)?.device?.address })
  })
  app.get('/events', (c) => {
    c.header('X-Accel-Buffering', 'no')
    return streamSSE(c, async (stream) => {
      await stream.writeSSE({ data: 'first' })
      await wait()
      await stream.writeSSE({ data: 'last' })
    })
  })
  const server = createAdaptorServer({ fetch: app.fetch })
  server.on('upgrade', (_: IncomingMessage, socket: Duplex) => {
    socket.end(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    async close() {
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
      await once(server, 'close')
      await sessions.close()
    },
  }
}
