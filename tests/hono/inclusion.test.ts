import { session } from '@gravito/orbit'
import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { describe, expect, it } from 'vitest'
import { Client, setCookies } from './client.ts'
import { secret, setting, signedIn } from './setting.ts'

/** The headers of a request for a `<script src>` or `<img src>` on a page of another site. */
const included = (site: string) => ({
  'Sec-Fetch-Site': site,
  'Sec-Fetch-Mode': 'no-cors',
  'Sec-Fetch-Dest': 'script',
})

describe('a response that another site loads as a script (ASVS 3.5.6 to 3.5.8)', () => {
  it('belongs to no user, because browsers do not send SameSite=Lax cookies with it', async () => {
    const ada = setting().client()

    for (const { attributes } of setCookies(await ada.get('/me'))) {
      expect(attributes.get('samesite')).toBe('Lax')
    }
    const response = await setting()
      .client()
      .get('/me', { headers: included('cross-site') })
    expect(await response.json()).toEqual({ userId: null })
  })

  it('is in no shared cache if a user is signed in, and no script may read it', async () => {
    const ada = await signedIn(setting().client())

    const { headers } = await ada.get('/me', { headers: { Origin: 'https://evil.example' } })

    expect(headers.get('Cache-Control')).toBe('no-store')
    expect(headers.get('Vary')).toBe('Cookie')
    expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
  })

  it('is refused by browsers and by the app with the code from docs/security.md', async () => {
    const app = new Hono()
    app.use(secureHeaders({ referrerPolicy: 'same-origin' }))
    app.use('/api/*', async (c, next) => {
      const site = c.req.header('Sec-Fetch-Site')
      if (site === 'cross-site' || site === 'same-site') return c.text('Not from here.', 403)
      return next()
    })
    app.use(session({ secret }))
    app.get('/api/me', (c) => c.json({ userId: c.get('session').userId ?? null }))
    const ada = new Client(app)

    const own = await ada.get('/api/me', { headers: { 'Sec-Fetch-Site': 'same-origin' } })
    const statuses = []
    for (const site of ['cross-site', 'same-site', 'none']) {
      statuses.push((await ada.get('/api/me', { headers: included(site) })).status)
    }

    expect(statuses).toEqual([403, 403, 200])
    expect(own.headers.get('Cross-Origin-Resource-Policy')).toBe('same-origin')
    expect(own.headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(own.headers.get('Cache-Control')).toBe('no-store')
  })
})

it('the cookies are far below the 4096 bytes that a browser keeps (ASVS 3.3.5)', async () => {
  const world = setting({ cookie: { secure: true } })
  const ada = world.client()
  const response = await ada.get('/me')
  await signedIn(ada)

  for (const { name, value } of setCookies(response)) {
    expect(name.length + value.length).toBeLessThan(300)
  }
  expect(ada.cookieHeader.length).toBeLessThan(600)
})
