import type { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { PlanetCore } from './core.ts'
import { recordingLogger } from './logger.fixture.ts'

/** Sends a request to an app whose GET / throws. Returns the response. */
async function answerTo(thrown: unknown, prepare: (app: Hono) => void = () => {}, method = 'GET') {
  const logger = recordingLogger()
  const core = await PlanetCore.boot({
    logger,
    routes: (routes) => {
      routes.get('/', () => {
        throw thrown
      })
    },
    orbits: [{ install: ({ app }) => prepare(app) }],
  })
  const response = await core.fetch(new Request('http://localhost/?token=secret', { method }))
  return { response, text: await response.text(), logger }
}

afterEach(() => {
  vi.unstubAllEnvs()
})

const GENERIC =
  '{"success":false,"error":{"code":"internal-error","message":"Something went wrong on the server"}}'

describe('an error that a handler throws', () => {
  test.each(['production', 'test', ''])(
    'gets a 500 without details if NODE_ENV is "%s"',
    async (env) => {
      vi.stubEnv('NODE_ENV', env)
      const { response, text, logger } = await answerTo(new TypeError('db password is 123'))
      expect(response.status).toBe(500)
      expect(response.headers.get('content-type')).toBe('application/json')
      expect(text).toBe(GENERIC)
      expect(logger.lines).toEqual(['error: GET / failed: db password is 123'])
    },
  )

  test('gets a 500 and a log line, even if the host of the request is not valid', async () => {
    const logger = recordingLogger()
    const core = await PlanetCore.boot({ logger, routes: () => {} })
    core.app.use(() => {
      throw new Error('broken')
    })
    const request = new Request('http://localhost/')
    Object.defineProperty(request, 'url', { value: 'http://xn--/?token=secret' })

    expect((await core.fetch(request)).status).toBe(500)
    expect(logger.lines).toEqual(['error: GET (unreadable URL) failed: broken'])
  })

  test('is shown in the response with its stack in development', async () => {
    vi.stubEnv('NODE_ENV', 'development')
    const { text } = await answerTo(new TypeError('oops'))
    expect(JSON.parse(text)).toEqual({
      success: false,
      error: {
        code: 'internal-error',
        message: 'oops',
        stack: expect.stringContaining('TypeError: oops\n'),
      },
    })
  })

  test.each([['a string'], [undefined], [{ status: 404 }]])(
    'that is not an Error (%j) also gets a 500',
    async (thrown) => {
      const plain = await answerTo(thrown)
      expect([plain.response.status, plain.text]).toEqual([500, GENERIC])
      const behindMiddleware = await answerTo(thrown, (app) => app.use('*', (_c, next) => next()))
      expect([behindMiddleware.response.status, behindMiddleware.text]).toEqual([500, GENERIC])
    },
  )

  test('after a response removes the headers that described its body, and keeps the others', async () => {
    const core = await PlanetCore.boot({
      logger: recordingLogger(),
      routes: (routes) => {
        routes.get('/', (c) =>
          c.text('zipped', 200, { 'Content-Encoding': 'gzip', 'Content-Length': '6' }),
        )
      },
      orbits: [
        {
          install: ({ app }) => {
            app.use('*', async (c, next) => {
              await next()
              c.header('Access-Control-Allow-Origin', '*')
              c.header('Set-Cookie', 'a=1', { append: true })
              c.header('Set-Cookie', 'b=2', { append: true })
              throw new Error('too late')
            })
          },
        },
      ],
    })
    const response = await core.fetch(new Request('http://localhost/'))
    expect(response.status).toBe(500)
    expect(await response.text()).toBe(GENERIC)
    expect(Object.fromEntries(response.headers)).toEqual({
      'access-control-allow-origin': '*',
      'content-type': 'application/json',
      'set-cookie': 'b=2',
    })
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })
})

describe('an HTTPException', () => {
  test('becomes JSON with its status and message', async () => {
    const { response, text, logger } = await answerTo(
      new HTTPException(401, { message: 'Sign in first' }),
    )
    expect(response.status).toBe(401)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(text).toBe('{"success":false,"error":{"code":"http-401","message":"Sign in first"}}')
    expect(logger.lines).toEqual([])
  })

  test('without a message shows its status as the message', async () => {
    const { text } = await answerTo(new HTTPException(418))
    expect(text).toBe('{"success":false,"error":{"code":"http-418","message":"HTTP status 418"}}')
  })

  test('with a code keeps its code', async () => {
    const error = Object.assign(new HTTPException(409, { message: 'Moved' }), {
      code: 'session-moved',
    })
    expect((await answerTo(error)).text).toBe(
      '{"success":false,"error":{"code":"session-moved","message":"Moved"}}',
    )
  })

  test('with a status of 500 or above is logged', async () => {
    const { logger } = await answerTo(new HTTPException(503, { message: 'Store away' }))
    expect(logger.lines).toEqual(['error: GET / failed: Store away'])
    // The app threw it on purpose, so the operator does not need the stack.
    expect(logger.details).toEqual([undefined])
  })

  test('that has a response gets that response', async () => {
    const res = new Response('Log in', { status: 401, headers: { 'WWW-Authenticate': 'Basic' } })
    const { response, text } = await answerTo(new HTTPException(401, { res }))
    expect([response.status, text]).toEqual([401, 'Log in'])
    expect(response.headers.get('www-authenticate')).toBe('Basic')
  })

  class Refused extends HTTPException {
    override getResponse() {
      const headers = { Vary: 'Origin', 'Set-Cookie': 'refused=1' }
      return Response.json({ reason: 'mismatch' }, { status: 403, headers })
    }
  }

  test('keeps its cookies and those that middleware has set', async () => {
    const { response } = await answerTo(new Refused(403), (app) => {
      app.use('*', async (c, next) => {
        c.res.headers.append('Set-Cookie', 'earlier=1')
        await next()
      })
    })
    expect(response.headers.getSetCookie()).toEqual(['earlier=1', 'refused=1'])
  })

  test('whose class overrides getResponse gets that response', async () => {
    const { response, text } = await answerTo(new Refused(403, { message: 'Refused' }))
    expect([response.status, text]).toEqual([403, '{"reason":"mismatch"}'])
    expect(response.headers.get('vary')).toBe('Origin')
  })

  test('from another copy of hono is recognized by its shape', async () => {
    class Foreign extends Error {
      readonly status = 402
      getResponse() {
        return new Response(this.message, { status: this.status })
      }
    }
    const { response, text } = await answerTo(new Foreign('Pay'))
    expect([response.status, text]).toEqual([
      402,
      '{"success":false,"error":{"code":"http-402","message":"Pay"}}',
    ])
  })

  test('whose getResponse throws gets a 500', async () => {
    class Broken extends HTTPException {
      override getResponse(): Response {
        throw new Error('broken')
      }
    }
    const { response, text } = await answerTo(new Broken(400))
    expect([response.status, text]).toEqual([500, GENERIC])
  })
})

describe('a path without a route', () => {
  test('gets a 404 as JSON, without a body for HEAD', async () => {
    const core = await PlanetCore.boot({ logger: recordingLogger(), routes: () => {} })
    const get = await core.fetch(new Request('http://localhost/nope?x=1'))
    expect(get.status).toBe(404)
    expect(get.headers.get('content-type')).toBe('application/json')
    expect(await get.json()).toEqual({
      success: false,
      error: { code: 'not-found', message: 'No route for GET /nope' },
    })
    const head = await core.fetch(new Request('http://localhost/nope', { method: 'HEAD' }))
    expect([head.status, await head.text()]).toEqual([404, ''])
  })
})
