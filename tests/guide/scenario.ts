import { expect, it } from 'vitest'
import { runtimeOf } from '../runtimes/name.ts'
import { malformedCookies } from './malformed-cookies.ts'
import type { Server } from './server.ts'
import { issuedCookies, Visitor } from './visitor.ts'

/** Without this check, a runtime other than the intended one could respond. */
export function itIsServedBy(name: string, server: () => Server): void {
  it('runs on that runtime', async () => {
    const response = await fetch(`${server().url}/runtime`)
    expect(runtimeOf(await response.json())).toMatch(new RegExp(`^${name}\\b`))
  })
}

const UNSAFE = ['POST', 'PUT', 'PATCH', 'DELETE']

/** The behaviour of an app from the guide, over HTTP, on any runtime. */
export function itKeepsTheGuidesPromises(server: () => Server, sessionCookie: string): void {
  const baseUrl = () => server().url
  const secrets: string[] = []

  async function arrive(): Promise<Visitor> {
    const visitor = new Visitor(baseUrl())
    await visitor.send('GET', '/me')
    secrets.push(visitor.cookie(sessionCookie), visitor.token)
    return visitor
  }

  async function signIn(): Promise<Visitor> {
    const visitor = await arrive()
    const response = await visitor.sendWithToken('POST', '/login')
    expect(response.status).toBe(200)
    secrets.push(visitor.cookie(sessionCookie), visitor.token)
    return visitor
  }

  async function expectRefusal(response: Response, reason: string): Promise<void> {
    const body: unknown = await response.json()
    expect(body).toMatchObject({ success: false, error: { code: 'csrf-refused', reason } })
    expect(response.status).toBe(403)
    expect(response.headers.getSetCookie()).toEqual([])
  }

  it('gives a new visitor both cookies, for this host only', async () => {
    const response = await fetch(`${baseUrl()}/me`)

    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ userId: null })
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    const cookies = issuedCookies(response)
    expect(cookies.map(({ name }) => name).sort()).toEqual(['XSRF-TOKEN', sessionCookie].sort())
    for (const { name, attributes } of cookies) {
      expect(attributes.get('samesite'), name).toBe('Lax')
      expect(attributes.get('path'), name).toBe('/')
      expect(attributes.has('domain'), name).toBe(false)
      // Plain http to a loopback host: a browser would not send a Secure cookie back.
      expect(attributes.has('secure'), name).toBe(false)
      expect(attributes.has('httponly'), name).toBe(name === sessionCookie)
    }
  })

  it('does not send the cookies again to a visitor who has them', async () => {
    const visitor = await arrive()

    const response = await visitor.send('GET', '/me')

    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('signs in with the token of the cookie, and changes the session cookie and the token', async () => {
    const visitor = await arrive()
    const before = visitor.copy()

    const response = await visitor.sendWithToken('POST', '/login')

    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ ok: true })
    expect(visitor.cookie(sessionCookie)).not.toBe(before.cookie(sessionCookie))
    expect(visitor.token).not.toBe(before.token)
    expect(await visitor.json('/me')).toEqual({ userId: 'user_123' })
  })

  it('does not sign in a client that still has the cookies from before the sign-in', async () => {
    const visitor = await arrive()
    const before = visitor.copy()
    await visitor.sendWithToken('POST', '/login')

    expect(await before.json('/me')).toEqual({ userId: null })
  })

  it('refuses the token from before the sign-in afterwards', async () => {
    const visitor = await arrive()
    const { token } = visitor.copy()
    await visitor.sendWithToken('POST', '/login')

    const response = await visitor.send('POST', '/probe', { headers: { 'X-CSRF-Token': token } })

    await expectRefusal(response, 'mismatch')
  })

  it('keeps the session data from request to request', async () => {
    const visitor = await signIn()
    for (const method of UNSAFE) await visitor.sendWithToken(method, '/probe')

    expect(await visitor.json('/probe')).toEqual({ count: UNSAFE.length })
  })

  it('shows a flash message on the next request only', async () => {
    const visitor = await signIn()

    expect(await visitor.json('/flash')).toEqual({ message: 'Logged in' })
    expect(await visitor.json('/flash')).toEqual({ message: null })
  })

  it.each(UNSAFE)('refuses a %s without a token, and changes nothing', async (method) => {
    const visitor = await signIn()
    await visitor.sendWithToken('POST', '/probe')

    await expectRefusal(await visitor.send(method, '/probe'), 'missing')
    expect(await visitor.json('/probe')).toEqual({ count: 1 })
  })

  it.each(UNSAFE)("refuses a %s with another visitor's token", async (method) => {
    const [visitor, other] = [await signIn(), await signIn()]

    const headers = { 'X-CSRF-Token': other.token }

    await expectRefusal(await visitor.send(method, '/probe', { headers }), 'mismatch')
    expect(await visitor.json('/probe')).toEqual({ count: 0 })
  })

  it('refuses a request that has no cookies at all', async () => {
    await expectRefusal(await new Visitor(baseUrl()).send('POST', '/login'), 'no-session')
  })

  it('refuses a token in the query', async () => {
    const visitor = await arrive()
    const path = `/login?_token=${encodeURIComponent(visitor.token)}`

    await expectRefusal(await visitor.send('POST', path), 'missing')
  })

  it('refuses the cookie itself as a token', async () => {
    const visitor = await arrive()
    expect(visitor.cookieHeader).toContain('XSRF-TOKEN=')

    await expectRefusal(await visitor.send('POST', '/login'), 'missing')
  })

  it.each(['X-CSRF-Token', 'X-XSRF-TOKEN'])('accepts the token from %s', async (header) => {
    const visitor = await arrive()
    const headers = { [header]: visitor.token }

    expect((await visitor.send('POST', '/login', { headers })).status).toBe(200)
  })

  it('accepts the token that the app returns on demand', async () => {
    const visitor = await arrive()
    const handed = await visitor.json('/csrf')
    expect(handed).toEqual({ token: expect.any(String) })
    const { token } = Object(handed)

    const response = await visitor.send('POST', '/login', { headers: { 'X-CSRF-Token': token } })

    expect(response.status).toBe(200)
  })

  it('accepts the token from a urlencoded form, and the handler can still read its other fields', async () => {
    const visitor = await arrive()
    const body = new URLSearchParams({ _token: visitor.token, name: 'Ada' })

    const response = await visitor.send('POST', '/form', { body })

    expect(await response.json()).toEqual({ name: 'Ada' })
  })

  it('accepts the token from a multipart form, and the handler can still read its other fields', async () => {
    const visitor = await arrive()
    const body = new FormData()
    body.set('_token', visitor.token)
    body.set('name', 'Ada')

    const response = await visitor.send('POST', '/form', { body })

    expect(await response.json()).toEqual({ name: 'Ada' })
  })

  it('refuses a request from another site according to the browser, with or without a token', async () => {
    const visitor = await arrive()
    const headers = { 'X-CSRF-Token': visitor.token, 'Sec-Fetch-Site': 'cross-site' }

    await expectRefusal(await visitor.send('POST', '/login', { headers }), 'cross-site')
  })

  it('refuses a foreign origin from a browser that only sends Origin', async () => {
    const visitor = await arrive()
    const headers = { 'X-CSRF-Token': visitor.token, Origin: 'https://evil.example' }

    await expectRefusal(await visitor.send('POST', '/login', { headers }), 'origin')
  })

  it('accepts its own origin', async () => {
    const visitor = await arrive()
    const headers = { 'X-CSRF-Token': visitor.token, Origin: baseUrl() }

    expect((await visitor.send('POST', '/login', { headers })).status).toBe(200)
  })

  it('ends the session on the server at sign-out, so that the old cookie opens nothing', async () => {
    const visitor = await signIn()
    const before = visitor.copy()

    const response = await visitor.sendWithToken('POST', '/logout')

    expect(await response.json()).toEqual({ ok: true })
    expect(await visitor.json('/me')).toEqual({ userId: null })
    expect(await before.json('/me')).toEqual({ userId: null })
  })

  it('lets a visitor sign in again with the cookies from the sign-out', async () => {
    const visitor = await signIn()
    await visitor.sendWithToken('POST', '/logout')

    const response = await visitor.sendWithToken('POST', '/login')

    expect(response.status).toBe(200)
    expect(await visitor.json('/me')).toEqual({ userId: 'user_123' })
  })

  const names = Object.keys(malformedCookies(sessionCookie, 'x'.repeat(40)))
  it.each(names)('treats an invalid cookie as no session: %s', async (name) => {
    const real = (await signIn()).cookie(sessionCookie)
    const Cookie = malformedCookies(sessionCookie, real)[name] ?? ''

    const response = await fetch(`${baseUrl()}/me`, { headers: { Cookie } })

    expect(await response.json()).toEqual({ userId: null })
    expect(response.status).toBe(200)
    const issued = issuedCookies(response).find((cookie) => cookie.name === sessionCookie)
    expect(issued?.value).toEqual(expect.any(String))
    expect(Cookie).not.toContain(issued?.value)
  })

  it('treats two valid session cookies as no session, and overwrites neither', async () => {
    const [one, other] = [await signIn(), await signIn()]
    const Cookie = `${one.cookieHeader}; ${sessionCookie}=${other.cookie(sessionCookie)}`

    const response = await fetch(`${baseUrl()}/me`, { headers: { Cookie } })

    expect(await response.json()).toEqual({ userId: null })
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('finds the valid cookie among broken ones with its name', async () => {
    const visitor = await signIn()
    const Cookie = `${sessionCookie}=broken; ${visitor.cookieHeader}`

    const response = await fetch(`${baseUrl()}/me`, { headers: { Cookie } })

    expect(await response.json()).toEqual({ userId: 'user_123' })
  })

  // The last test, so that the log contains the output of all others.
  it('logs no cookie and no token', () => {
    expect(secrets.length).toBeGreaterThan(0)
    expect(secrets.filter((secret) => server().output().includes(secret))).toEqual([])
  })
}
