import { SessionError, session } from '@gravito/orbit'

import { Hono } from 'hono'
import { cors } from 'hono/cors'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { chaotic } from '../../packages/orbit/src/testing/chaos.ts'
import { newStore } from '../behaviour/store.ts'
import { Client } from './client.ts'
import { secret, setting, signedIn } from './setting.ts'

const browser = { Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }
const script = { Accept: 'application/json' }

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => {
  vi.restoreAllMocks()
})

interface Seen {
  readonly status: number
  readonly type: string
  readonly text: string
  readonly headers: Headers
}

async function seen(response: Response): Promise<Seen> {
  const { status, headers } = response
  const type = headers.get('Content-Type')?.split(';')[0] ?? ''
  return { status, type, text: await response.text(), headers }
}

/** Each error of the library: a client that is about to cause it, and the request that does. */
const errors: Record<string, (prepare?: (app: Hono) => void) => Promise<[Client, string, number]>> =
  {
    'a 409 that the handler throws': async (prepare) => {
      const world = setting()
      prepare?.(world.app)
      world.app.post('/count', (c) => c.json(c.get('session').increment('word')))
      const ada = await signedIn(world.client())
      await ada.post('/put?word=%3Cb%3E')
      return [ada, '/count', 409]
    },
    'a 409 before the handler': async (prepare) => {
      const world = setting()
      prepare?.(world.app)
      const ada = await signedIn(world.client())
      const before = ada.copy()
      await ada.post('/regenerate')
      return [before, '/put', 409]
    },
    'a 500 that the handler throws': async (prepare) => {
      const world = setting()
      prepare?.(world.app)
      world.app.post('/bad', (c) => {
        c.get('session').put('secret key', Symbol('x'))
        return c.text('put')
      })
      return [await signedIn(world.client()), '/bad', 500]
    },
    'a 500 of the commit': async (prepare) => {
      const world = setting({ maxBytes: 600 })
      prepare?.(world.app)
      return [await signedIn(world.client()), `/put?big=${'x'.repeat(700)}`, 500]
    },
    'a 503 that the handler throws': async (prepare) => {
      const { app, ada, isAway } = await failing(prepare)
      isAway.value = true
      return [ada.copy(app), '/me', 503]
    },
    'a 503 of the commit': async (prepare) => {
      const { app, ada, isAway } = await failing(prepare)
      isAway.atWrites = true
      return [ada.copy(app), '/put', 503]
    },
  }

async function failing(prepare: (app: Hono) => void = () => {}) {
  const isAway = { value: false, atWrites: false }
  const store = chaotic(newStore({}), (verb) =>
    isAway.value || (isAway.atWrites && verb !== 'load') ? 'fail' : 'none',
  )
  const app = new Hono()
  app.use(session({ secret, store }))
  prepare(app)
  app.get('/me', (c) => c.json(c.get('session').all()))
  app.post('/me', (c) => c.json(c.get('session').all()))
  app.post('/login', (c) => {
    c.get('session').put('userId', 'ada')
    return c.json({ ok: true })
  })
  app.post('/put', (c) => {
    c.get('session').put('a', Math.random())
    return c.json({ ok: true })
  })
  return { app, ada: await signedIn(new Client(app)), isAway }
}

const cases = Object.entries(errors)

describe('an error of the library', () => {
  it.each(cases)('is a page for a browser: %s', async (_, meet) => {
    const [client, path, status] = await meet()

    const page = await seen(await client.post(path, { headers: browser }))

    expect([page.status, page.type]).toEqual([status, 'text/html'])
    expect(page.text).toMatch(/^<!doctype html>/)
    expect(page.text).toContain('<a href="/"')
    expect(page.text).not.toMatch(/<script|<b>|secret key/)
    expect(page.headers.get('Cache-Control')).toBe('no-store')
    expect(page.headers.get('Vary')).toMatch(/\bAccept\b/)
    expect(page.headers.get('Retry-After')).toBe(status === 503 ? '1' : null)
  })

  it.each(cases)('is JSON for a script: %s', async (_, meet) => {
    const [client, path, status] = await meet()

    const answer = await seen(await client.post(path, { headers: script }))

    expect([answer.status, answer.type]).toEqual([status, 'application/json'])
    expect(JSON.parse(answer.text)).toMatchObject({
      success: false,
      error: { code: expect.stringMatching(/^session-/), message: expect.any(String) },
    })
    expect(answer.headers.get('Vary')).toMatch(/\bAccept\b/)
    expect(answer.headers.get('Retry-After')).toBe(status === 503 ? '1' : null)
  })

  it.each(cases)("does not replace the app's own onError: %s", async (_, meet) => {
    const met: unknown[] = []
    const [client, path, status] = await meet((app) =>
      app.onError((error, c) => {
        met.push(error)
        return c.json({ mine: true }, error instanceof SessionError ? error.status : 500)
      }),
    )

    const answer = await seen(await client.post(path, { headers: browser }))

    expect([answer.status, answer.type]).toEqual([status, 'application/json'])
    expect(JSON.parse(answer.text)).toEqual({ mine: true })
    expect(met).toEqual([expect.any(SessionError)])
  })

  it.each(cases)(
    "is also a page if the app's onError returns the error's response: %s",
    async (_, meet) => {
      const [client, path, status] = await meet((app) =>
        app.onError((error) =>
          error instanceof SessionError ? error.getResponse() : new Response('other'),
        ),
      )

      const page = await seen(await client.post(path, { headers: browser }))

      expect([page.status, page.type]).toEqual([status, 'text/html'])
    },
  )
})

it('a form that does not arrive in time is a page for a browser', async () => {
  const world = setting({ csrf: { formTimeoutSeconds: 0.02 } })
  const ada = await signedIn(world.client())
  const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('a=')) })
  const headers = { ...browser, 'Content-Type': 'application/x-www-form-urlencoded' }

  const page = await seen(await ada.send('POST', '/put', { body, headers }))

  expect([page.status, page.type]).toEqual([408, 'text/html'])
  expect(page.text).toContain('arrived too slowly')
})

it('the message of an error is escaped', async () => {
  const world = setting()
  world.app.post('/count', (c) => c.json(c.get('session').increment('<img src=x>')))
  const ada = await signedIn(world.client())
  await ada.post(`/put?${encodeURIComponent('<img src=x>')}=word`)

  const page = await seen(await ada.post('/count', { headers: browser }))

  expect(page.status).toBe(409)
  expect(page.text).not.toContain('<img')
  expect(page.text).toContain('&#60;img')
})

it('the error page keeps the CORS headers', async () => {
  const inner = setting()
  inner.app.post('/count', (c) => c.json(c.get('session').increment('word')))
  const app = new Hono()
  app.use(cors({ origin: 'http://localhost' }))
  app.route('/', inner.app)
  const ada = await signedIn(new Client(app))
  await ada.post('/put?word=a')

  const headers = { ...browser, Origin: 'http://localhost' }
  const page = await seen(await ada.post('/count', { headers }))

  expect([page.status, page.type]).toEqual([409, 'text/html'])
  expect(page.headers.get('Access-Control-Allow-Origin')).toBe('http://localhost')
})

it('requests that wait for the same failed store call each get their preferred format', async () => {
  const store = chaotic(newStore({}), () => 'fail')
  const app = new Hono()
  app.use(session({ store }))
  app.get('/me', (c) => c.json(c.get('session').all()))

  const answers = [browser, script, browser, script].map((headers) =>
    new Client(app).get('/me', { headers }),
  )

  const types = (await Promise.all((await Promise.all(answers)).map(seen))).map(({ type }) => type)
  expect(types).toEqual(['text/html', 'application/json', 'text/html', 'application/json'])
})
