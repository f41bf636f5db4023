import { expect, it } from 'vitest'
import { runtimeOf } from '../runtimes/name.ts'
import { malformedCookies } from './malformed-cookies.ts'
import type { Server } from './server.ts'
import { issuedCookies, Visitor } from './visitor.ts'

/** The rest would show little if another runtime answered than the one that is meant. */
export function itIsServedBy(name: string, server: () => Server): void {
  it('is served by that runtime', async () => {
    const response = await fetch(`${server().url}/runtime`)
    expect(runtimeOf(await response.json())).toMatch(new RegExp(`^${name}\\b`))
  })
}

const UNSAFE = ['POST', 'PUT', 'PATCH', 'DELETE']

/** What an app of the guide does for its visitors, over HTTP, wherever it runs. */
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

  it('greets a newcomer as nobody and gives both cookies, for this host alone', async () => {
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
      // Plain http to a loopback host: a browser would not send a Secure one back.
      expect(attributes.has('secure'), name).toBe(false)
      expect(attributes.has('httponly'), name).toBe(name === sessionCookie)
    }
  })

  it('gives no cookies again to a newcomer who has them', async () => {
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

  it('does not sign in whoever still holds the cookies from before the sign-in', async () => {
    const visitor = await arrive()
    const before = visitor.copy()
    await visitor.sendWithToken('POST', '/login')

    expect(await before.json('/me')).toEqual({ userId: null })
  })

  it('does not take the token from before the sign-in afterwards', async () => {
    const visitor = await arrive()
    const { token } = visitor.copy()
    await visitor.sendWithToken('POST', '/login')

    const response = await visitor.send('POST', '/probe', { headers: { 'X-CSRF-Token': token } })

    await expectRefusal(response, 'mismatch')
  })

  it('keeps what a session holds from request to request', async () => {
    const visitor = await signIn()
    for (const method of UNSAFE) await visitor.sendWithToken(method, '/probe')

    expect(await visitor.json('/probe')).toEqual({ count: UNSAFE.length })
  })

  it('shows a flash message on the next request and never again', async () => {
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

  it('does not take a token from the query', async () => {
    const visitor = await arrive()
    const path = `/login?_token=${encodeURIComponent(visitor.token)}`

    await expectRefusal(await visitor.send('POST', path), 'missing')
  })

  it('does not take the cookie itself for a token', async () => {
    const visitor = await arrive()
    expect(visitor.cookieHeader).toContain('XSRF-TOKEN=')

    await expectRefusal(await visitor.send('POST', '/login'), 'missing')
  })

  it.each(['X-CSRF-Token', 'X-XSRF-TOKEN'])('takes the token from %s', async (header) => {
    const visitor = await arrive()
    const headers = { [header]: visitor.token }

    expect((await visitor.send('POST', '/login', { headers })).status).toBe(200)
  })

  it('takes the token that the app hands out on demand', async () => {
    const visitor = await arrive()
    const handed = await visitor.json('/csrf')
    expect(handed).toEqual({ token: expect.any(String) })
    const { token } = Object(handed)

    const response = await visitor.send('POST', '/login', { headers: { 'X-CSRF-Token': token } })

    expect(response.status).toBe(200)
  })

  it('takes the token from a plain form, whose other fields the handler still reads', async () => {
    const visitor = await arrive()
    const body = new URLSearchParams({ _token: visitor.token, name: 'Ada' })

    const response = await visitor.send('POST', '/form', { body })

    expect(await response.json()).toEqual({ name: 'Ada' })
  })

  it('takes the token from a multipart form, whose other fields the handler still reads', async () => {
    const visitor = await arrive()
    const body = new FormData()
    body.set('_token', visitor.token)
    body.set('name', 'Ada')

    const response = await visitor.send('POST', '/form', { body })

    expect(await response.json()).toEqual({ name: 'Ada' })
  })

  it('refuses what a browser says comes from another site, token or not', async () => {
    const visitor = await arrive()
    const headers = { 'X-CSRF-Token': visitor.token, 'Sec-Fetch-Site': 'cross-site' }

    await expectRefusal(await visitor.send('POST', '/login', { headers }), 'cross-site')
  })

  it('refuses a foreign origin of a browser that says no more than that', async () => {
    const visitor = await arrive()
    const headers = { 'X-CSRF-Token': visitor.token, Origin: 'https://evil.example' }

    await expectRefusal(await visitor.send('POST', '/login', { headers }), 'origin')
  })

  it('takes its own origin', async () => {
    const visitor = await arrive()
    const headers = { 'X-CSRF-Token': visitor.token, Origin: baseUrl() }

    expect((await visitor.send('POST', '/login', { headers })).status).toBe(200)
  })

  it('ends the session on the server at sign-out: the old cookie signs nobody in', async () => {
    const visitor = await signIn()
    const before = visitor.copy()

    const response = await visitor.sendWithToken('POST', '/logout')

    expect(await response.json()).toEqual({ ok: true })
    expect(await visitor.json('/me')).toEqual({ userId: null })
    expect(await before.json('/me')).toEqual({ userId: null })
  })

  it('lets a visitor sign in again with the cookies that the sign-out gave', async () => {
    const visitor = await signIn()
    await visitor.sendWithToken('POST', '/logout')

    const response = await visitor.sendWithToken('POST', '/login')

    expect(response.status).toBe(200)
    expect(await visitor.json('/me')).toEqual({ userId: 'user_123' })
  })

  const names = Object.keys(malformedCookies(sessionCookie, 'x'.repeat(40)))
  it.each(names)('reads as no session: %s', async (name) => {
    const real = (await signIn()).cookie(sessionCookie)
    const Cookie = malformedCookies(sessionCookie, real)[name] ?? ''

    const response = await fetch(`${baseUrl()}/me`, { headers: { Cookie } })

    expect(await response.json()).toEqual({ userId: null })
    expect(response.status).toBe(200)
    const issued = issuedCookies(response).find((cookie) => cookie.name === sessionCookie)
    expect(issued?.value).toEqual(expect.any(String))
    expect(Cookie).not.toContain(issued?.value)
  })

  it('reads two valid cookies of its name as no session, and overwrites neither', async () => {
    const [one, other] = [await signIn(), await signIn()]
    const Cookie = `${one.cookieHeader}; ${sessionCookie}=${other.cookie(sessionCookie)}`

    const response = await fetch(`${baseUrl()}/me`, { headers: { Cookie } })

    expect(await response.json()).toEqual({ userId: null })
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('finds the valid cookie among broken ones of its name', async () => {
    const visitor = await signIn()
    const Cookie = `${sessionCookie}=broken; ${visitor.cookieHeader}`

    const response = await fetch(`${baseUrl()}/me`, { headers: { Cookie } })

    expect(await response.json()).toEqual({ userId: 'user_123' })
  })

  // The last one, so that all of the above is in the log by now.
  it('writes no cookie and no token to its log', () => {
    expect(secrets.length).toBeGreaterThan(0)
    expect(secrets.filter((secret) => server().output().includes(secret))).toEqual([])
  })
}
