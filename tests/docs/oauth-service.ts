import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { afterAll, beforeAll } from 'vitest'

/** An OAuth service with PKCE that signs every user in as `ada`, for the tests of a file. */
export interface Service {
  readonly url: string
  /** The number of token requests, including those that it refused. */
  readonly asked: number
  /** Returns the address to which the service redirects the user. */
  authorize(address: string): Promise<URL>
}

export function useService(): () => Service {
  const codes = new Map<string, string | undefined>()
  let asked = 0
  let url = ''

  const app = new Hono()
  app.get('/authorize', (c) => {
    const { redirect_uri = '', state = '', code_challenge } = c.req.query()
    const code = `code-${codes.size}`
    codes.set(code, code_challenge)
    const to = new URL(redirect_uri)
    to.search = new URLSearchParams({ code, state }).toString()
    return c.redirect(to.href)
  })
  app.post('/token', async (c) => {
    asked += 1
    const { code, code_verifier } = await c.req.parseBody()
    const challenge = codes.get(String(code))
    codes.set(String(code), undefined) // A code can be used once.
    const digest = createHash('sha256').update(String(code_verifier)).digest('base64url')
    return digest === challenge ? c.json({ access_token: 'secret' }) : c.text('', 400)
  })
  app.get('/userinfo', (c) =>
    c.req.header('Authorization') === 'Bearer secret' ? c.json({ sub: 'ada' }) : c.text('', 401),
  )

  const server = createServer(getRequestListener(app.fetch))
  beforeAll(async () => {
    await once(server.listen(0), 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port was given')
    url = `http://localhost:${address.port}`
  })
  afterAll(() => void server.close())

  return () => ({
    url,
    asked,
    async authorize(address) {
      const response = await fetch(address, { redirect: 'manual' })
      return new URL(response.headers.get('Location') ?? '')
    },
  })
}
