import { OrbitSession, type SessionOptions, session } from '@gravito/orbit'
import { createLogger, PlanetCore } from 'gravito-core'
import { Hono } from 'hono'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ask } from './client.ts'
import { faultySetting } from './faulty-store.ts'
import { setting, signedIn } from './setting.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

/** A logger that records its messages. */
function logged() {
  const lines: string[] = []
  const logger = {
    warn: (message: string) => {
      lines.push(`warn ${message}`)
    },
    error: (message: string) => {
      lines.push(`error ${message}`)
    },
  }
  return { lines, logger }
}

/** An app with the log of one sign-in and sign-out. */
async function used(options: SessionOptions) {
  const { lines, logger } = logged()
  const world = setting({ logger, ...options })
  const ada = await signedIn(world.client())
  const response = await ada.post('/logout')
  await new Promise((resolve) => setImmediate(resolve))
  return { world, lines, status: response.status }
}

describe('the logger option', () => {
  it('gets the warnings from the creation of the middleware', () => {
    vi.stubEnv('NODE_ENV', 'production')
    vi.stubEnv('APP_KEY', undefined)
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const { lines, logger } = logged()

    session({ logger })

    expect(lines).toEqual([expect.stringMatching(/^warn No session secret/)])
    expect(warn).not.toHaveBeenCalled()
  })

  it('gets the warnings of requests', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    const { lines, logger } = logged()
    const { app } = setting({ logger })

    await ask(app, 'http://shop.example/me')

    expect(lines).toEqual([expect.stringMatching(/^warn The session cookie is Secure/)])
  })

  it('gets the errors of the store', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { lines, logger } = logged()
    const { fault, client } = faultySetting({ logger })
    const ada = await signedIn(client())
    fault.down = true

    expect((await ada.post('/put?a=b')).status).toBe(503)
    expect(lines).toEqual([expect.stringMatching(/^error session .*session-unavailable/)])
    expect(error).not.toHaveBeenCalled()
  })

  it('may have its methods on a prototype', () => {
    vi.stubEnv('NODE_ENV', 'production')
    vi.stubEnv('APP_KEY', undefined)
    class Log {
      readonly lines: string[] = []
      warn(message: string) {
        this.lines.push(message)
      }
      error(message: string) {
        this.lines.push(message)
      }
    }
    const logger = new Log()

    session({ logger })

    expect(logger.lines).toHaveLength(1)
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('disk full')
      },
    ],
    ['rejects', () => Promise.reject(new Error('disk full'))],
  ])('may fail (%s) without any effect on the response', async (_, error) => {
    const { client, fault } = faultySetting({ logger: { warn: error, error } })
    const ada = await signedIn(client())
    fault.down = true

    expect((await ada.post('/put?a=b')).status).toBe(503)
    fault.down = false
    expect((await ada.post('/put?a=b')).status).toBe(200)
  })

  it('takes precedence over the logger of a Gravito core, which is the default', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    vi.stubEnv('APP_KEY', undefined)
    const [core, own] = [logged(), logged()]
    const logger = { ...createLogger('silent'), ...core.logger }
    const boot = (options: SessionOptions) =>
      PlanetCore.boot({ logger, routes: () => {}, orbits: [new OrbitSession(options)] })

    await (await boot({ driver: 'memory' })).shutdown()
    expect(core.lines).toEqual([expect.stringMatching(/No session secret/)])
    await (await boot({ driver: 'memory', logger: own.logger })).shutdown()
    expect(core.lines).toHaveLength(1)
    expect(own.lines).toEqual([expect.stringMatching(/No session secret/)])
  })
})

describe('an onEvent listener that fails', () => {
  const failure = new Error('metrics\nare away')

  it.each<[string, () => void]>([
    [
      'throws',
      () => {
        throw failure
      },
    ],
    ['rejects', () => Promise.reject(failure)],
    ['rejects later', async () => Promise.resolve().then(() => Promise.reject(failure))],
    [
      'throws a value that is not an error',
      () => {
        throw 'metrics\nare away'
      },
    ],
  ])('%s: the request succeeds, and the log reports it once', async (_, onEvent) => {
    const { lines, status } = await used({ onEvent })

    expect(status).toBe(200)
    expect(lines).toEqual([
      expect.stringMatching(/^error session\.onEvent failed on session:\w+: "metrics\\nare away"/),
    ])
  })

  it('is logged again after a minute, not before', async () => {
    const { world, lines } = await used({
      onEvent: () => {
        throw failure
      },
    })
    const ada = await signedIn(world.client())
    expect(lines).toHaveLength(1)
    world.clock.pass(60)
    await ada.post('/put?a=b')

    expect(lines).toHaveLength(2)
  })
})

describe('an error that becomes a 500', () => {
  const lines = (world: ReturnType<typeof setting>) =>
    world.events.flatMap((event) => (event.type === 'session:error' ? [event.code] : []))

  it('is logged if a middleware uses the session after the response', async () => {
    const app = new Hono()
    const world = setting()
    app.use(async (c, next) => {
      await next()
      c.get('session').get('userId')
    })
    app.route('/', world.app)

    expect((await app.request('/free')).status).toBe(500)
    expect(lines(world)).toEqual(['session-committed'])
  })

  it('is logged if csrf.onError changes the session', async () => {
    const world = setting({
      csrf: {
        onError: (c) => {
          c.get('session').flash('a', 1)
          return c.text('refused', 403)
        },
      },
    })

    expect((await world.app.request('/put', { method: 'POST' })).status).toBe(500)
    expect(lines(world)).toEqual(['session-committed'])
  })

  it('is logged if the handler for unknown paths fails', async () => {
    const world = setting()
    world.app.notFound((c) => {
      c.get('session').put('a', () => {})
      return c.text('not found', 404)
    })

    expect((await world.app.request('/nowhere')).status).toBe(500)
    expect(lines(world)).toEqual(['session-bad-value'])
  })
})
