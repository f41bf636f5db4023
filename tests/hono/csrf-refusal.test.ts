import { type CsrfOptions, session } from '@gravito/orbit'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { ask } from './client.ts'
import { arrived, secret, setting, signedIn } from './setting.ts'

const post = { method: 'POST' }

describe('a refusal (R22)', () => {
  it('returns 403 with JSON: a reason for programs and a message for users', async () => {
    const response = await ask(setting().app, '/put', post)

    expect(response.status).toBe(403)
    expect(response.headers.get('Content-Type')).toMatch(/^application\/json/)
    expect(await response.json()).toEqual({
      success: false,
      error: {
        code: 'csrf-refused',
        reason: 'no-session',
        message: expect.stringMatching(/session cookie/),
      },
    })
  })

  it('returns a page if a browser requests one, without scripts and without the submitted data', async () => {
    const headers = {
      Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
      'X-CSRF-Token': '<script>alert(1)</script>',
    }

    const response = await ask(setting().app, '/put?<script>', { ...post, headers })
    const page = await response.text()

    expect(response.status).toBe(403)
    expect(response.headers.get('Content-Type')).toMatch(/^text\/html; ?charset=utf-8/i)
    expect(page).toMatch(/^<!doctype html>/i)
    expect(page).toContain('no-session')
    expect(page).not.toContain('<script')
  })

  it('tells the user to go back, because a reload would send the old form again', async () => {
    const headers = { Accept: 'text/html' }

    const page = await (await ask(setting().app, '/put', { ...post, headers })).text()

    expect(page).toContain('Go back, reload the page, and send it again.')
    expect(page).toContain('<a href="/"')
  })

  it.each(['application/json', '*/*', 'application/json, text/plain, */*', 'text/plain', ''])(
    'is JSON for Accept: %s',
    async (Accept) => {
      const response = await ask(setting().app, '/put', { ...post, headers: { Accept } })

      expect(response.headers.get('Content-Type')).toMatch(/^application\/json/)
    },
  )

  it.each([
    'text/html',
    'application/xhtml+xml, text/html',
    'text/html;q=0.9, application/json;q=0.1',
  ])('is a page for Accept: %s', async (Accept) => {
    const response = await ask(setting().app, '/put', { ...post, headers: { Accept } })

    expect(response.headers.get('Content-Type')).toMatch(/^text\/html/)
  })

  it('has the right Vary header, and is not cached', async () => {
    const response = await ask(setting().app, '/put', post)
    const vary = (response.headers.get('Vary') ?? '').split(/,\s*/)

    expect(vary).toEqual(expect.arrayContaining(['Sec-Fetch-Site', 'Origin']))
    expect(response.headers.get('Cache-Control')).toBe('no-store')
  })

  it('sets no cookie for a new browser, a visitor, a signed-in user or an expired session', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const expired = ada.copy()
    const clients = [world.client(), await arrived(world.client()), ada]
    for (const client of clients) {
      const response = await client.send('POST', '/put')
      expect(response.status).toBe(403)
      expect(response.headers.getSetCookie()).toEqual([])
    }
    world.clock.pass(1e6)
    const response = await expired.post('/put')
    expect(response.status).toBe(403)
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('sets no cookie even if a middleware before the route has used the session', async () => {
    const world = setting()
    const outer = new Hono()
    outer.use(async (c, next) => {
      await next()
      c.get('session').get('userId')
    })
    outer.route('/', world.app)

    const response = await ask(outer, '/put', post)

    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('is reported in an event with the handle and the reason', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const handle = await world.within(ada, (s) => s.id())
    world.happened()
    await ada.send('POST', '/put')
    await ada.send('POST', '/put', { headers: { 'X-CSRF-Token': 'x' } })
    await ada.send('POST', '/put', { headers: { 'Sec-Fetch-Site': 'cross-site' } })
    await ada.send('POST', '/put', { headers: { Origin: 'https://evil.example' } })

    const type = 'csrf:refused'
    expect(world.events).toEqual(
      ['missing', 'mismatch', 'cross-site', 'origin'].map((reason) => ({
        type,
        handle,
        reason,
        reportOnly: false,
      })),
    )
  })
})

describe('csrf.onError (R22)', () => {
  it('returns the response instead, and gets the reason', async () => {
    const world = setting({
      csrf: {
        onError: (c, { reason, message }) =>
          c.json({ mine: reason, length: message.length > 10 }, 419 as 403),
      },
    })

    const response = await ask(world.app, '/put', post)

    expect(response.status).toBe(419)
    expect(await response.json()).toEqual({ mine: 'no-session', length: true })
    expect(response.headers.get('Vary')).toMatch(/Sec-Fetch-Site/)
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('may be async, and may return an immutable response', async () => {
    const world = setting({
      csrf: { onError: async () => Response.redirect('http://localhost/retry', 303) },
    })

    const response = await ask(world.app, '/put', post)

    expect(response.status).toBe(303)
    expect(response.headers.get('Location')).toBe('http://localhost/retry')
  })

  it('sets no cookie even if it uses the session', async () => {
    const world = setting({
      csrf: {
        onError: (c) => {
          c.get('session').get('x')
          return c.text(c.get('csrf').token(), 403)
        },
      },
    })

    const response = await ask(world.app, '/put', post)

    expect(response.status).toBe(403)
    expect(response.headers.getSetCookie()).toEqual([])
  })
})

describe('a csrf.onError that changes the session', () => {
  it('gets an error that a refusal stores nothing, instead of losing the change silently', async () => {
    let thrown: unknown
    const world = setting({
      csrf: {
        onError: (c) => {
          try {
            c.get('session').flash('error', 'out of date')
          } catch (error) {
            thrown = error
          }
          return c.redirect('/form?refused', 303)
        },
      },
    })

    expect((await ask(world.app, '/put', post)).status).toBe(303)

    expect(thrown).toMatchObject({
      code: 'session-committed',
      message: expect.stringContaining('csrf.onError'),
    })
    expect(world.store.commands).toEqual([])
  })
})

describe('csrf.ignore (R22)', () => {
  const app = (ignore: NonNullable<CsrfOptions['ignore']>) => {
    const world = setting({ csrf: { ignore } })
    world.app.post('*', (c) => c.text('passed'))
    return world.app
  }

  it.each([
    ['/hook', 200],
    ['/hook?x=1', 200],
    ['/hook/', 403],
    ['//hook', 403],
    ['/hook/x', 403],
    ['/hookx', 403],
    ['/Hook', 403],
    ['/hook%2f', 403],
    ['/hook%00', 403],
    ['/x/../other', 403],
    ['/hook;x=1', 403],
    ['/other?path=/hook', 403],
    ['/other#/hook', 403],
  ])('compares each character: %s', async (path, status) => {
    expect((await ask(app(['/hook']), path, post)).status).toBe(status)
  })

  it('may be a function of the request', async () => {
    const ignoring = app((c) => c.req.header('X-Signature') === 'good')

    expect(
      (await ask(ignoring, '/a', { ...post, headers: { 'X-Signature': 'good' } })).status,
    ).toBe(200)
    expect((await ask(ignoring, '/a', post)).status).toBe(403)
  })
})

describe('csrf.reportOnly and csrf.enabled (R22)', () => {
  it('reportOnly lets the requests pass that it reports', async () => {
    const world = setting({ csrf: { reportOnly: true } })
    const ada = await signedIn(world.client())
    world.happened()

    const response = await ada.send('POST', '/put?a=b')

    expect(response.status).toBe(200)
    expect(world.events).toMatchObject([
      { type: 'csrf:refused', reason: 'missing', reportOnly: true },
      { type: 'session:saved' },
    ])
  })

  it('enabled: false checks nothing and sets no token', async () => {
    const { app } = setting({ csrf: { enabled: false } })

    const response = await ask(app, '/put?a=b', {
      ...post,
      headers: { 'Sec-Fetch-Site': 'cross-site' },
    })

    expect(response.status).toBe(200)
    expect(response.headers.getSetCookie().join()).not.toContain('XSRF-TOKEN')
  })
})

it('the second of two session middlewares on one request has no effect', async () => {
  const app = new Hono()
  app.use(session({ secret }))
  app.use(session({ secret }))
  app.get('/', (c) => c.text(c.get('session').id()))

  expect((await ask(app, '/')).headers.getSetCookie()).toHaveLength(2)
})
