import { requireOwner } from '@gravito/orbit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client } from './client.ts'
import { type RunningServer, serve } from './server.ts'
import { setting, signedIn } from './setting.ts'

const world = setting()
world.app.use('/account/*', requireOwner({ redirectTo: '/sign-in' }))
world.app.all('/account/*', (c) => c.text(`account: ${c.req.path}`))
world.app.get('/sign-in', (c) => c.text('sign-in'))
let server: RunningServer

beforeAll(async () => {
  server = await serve(world.app)
})
afterAll(() => server.close())

/** The response to this path exactly as in the request line. An HTTP client would normalize the path. */
const ask = (path: string, cookie = '') =>
  server.raw(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n${cookie}Connection: close\r\n\r\n`,
  )

/** Other ways to write the path of the public sign-in page, as if it were below /account. */
const paths = [
  '/account/../sign-in',
  '/account/./../sign-in',
  '/account/%2e%2e/sign-in',
  '/account/%2E%2E/sign-in',
  '/account/.%2e/sign-in',
  '/account/..%2fsign-in',
  '/account/..\\sign-in',
  '/account/%2e%2e%2fsign-in',
  '/account//sign-in',
  '/account/sign-in',
  '/account/..;/sign-in',
  '/account/../account/orders',
  '//account/../sign-in',
  '//sign-in',
  '/account/../sign-in/..%2faccount',
  'http://127.0.0.1/account/../sign-in',
]

describe('a path in an unusual form (R25)', () => {
  it.each(paths)('%s reaches no handler below /account if no user is signed in', async (path) => {
    const response = await ask(path)
    expect(response).toMatch(/^HTTP\/1\.1 \d{3} /)
    expect(response).not.toContain('account: ')
  })

  it('in the usual form reaches its handler after a sign-in', async () => {
    const ada = await signedIn(new Client(fetch, server.origin))
    const response = await ask('/account/orders', `Cookie: ${ada.cookieHeader}\r\n`)
    expect(response).toContain('account: /account/orders')
  })
})
