import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Orbit, PlanetCore } from './core.ts'
import { recordingLogger } from './logger.fixture.ts'

const none = () => {}

function orbit(name: string, trace: string[], extra: Partial<Orbit> = {}): Orbit {
  return {
    name,
    install: () => void trace.push(`install ${name}`),
    shutdown: () => void trace.push(`shut down ${name}`),
    ...extra,
  }
}

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('boot', () => {
  test('refuses an option that does not exist, because tsx and Bun do not check types', async () => {
    const misspelt = { orbit: [], routes: none }

    await expect(PlanetCore.boot(misspelt)).rejects.toMatchObject({
      code: 'option-unknown',
      message: expect.stringContaining('"orbit" is not an option'),
    })
  })

  test('adds one full stop to the message of an orbit that failed', async () => {
    const asking: Orbit = {
      install: () => {
        throw new Error('there is no "idle". Did you mean "idleTimeout"?')
      },
    }

    await expect(PlanetCore.boot({ orbits: [asking] })).rejects.toThrow('"idleTimeout"? Fix this')
  })

  test('installs orbits in order, given as instances or classes, before the routes', async () => {
    const trace: string[] = []
    class ByClass {
      async install(core: PlanetCore) {
        await Promise.resolve()
        core.config.set('seen', core.config.get('port'))
        trace.push('install ByClass')
      }
    }
    const core = await PlanetCore.boot({
      logger: recordingLogger(),
      config: { port: 1234 },
      orbits: [orbit('first', trace), ByClass, orbit('last', trace)],
      routes: async () => {
        await Promise.resolve()
        trace.push('routes')
      },
    })
    expect(trace).toEqual(['install first', 'install ByClass', 'install last', 'routes'])
    expect(core.config.get('seen')).toBe(1234)
  })

  test('middleware of an orbit runs for every route', async () => {
    const core = await PlanetCore.boot({
      logger: recordingLogger(),
      orbits: [
        {
          install: ({ app }) =>
            void app.use('*', (c, next) => next().then(() => c.header('x', 'y'))),
        },
      ],
      routes: (routes) => routes.get('/', (c) => c.text('')),
    })
    core.router.get('/later', (c) => c.text(''))
    for (const path of ['/', '/later', '/absent']) {
      const response = await core.fetch(new Request(`http://localhost${path}`))
      expect(response.headers.get('x')).toBe('y')
    }
  })

  test('stops if an orbit throws, names that orbit, and shuts down the earlier ones in reverse order', async () => {
    const trace: string[] = []
    const cause = new Error('no secret')
    class OrbitMail {
      install() {
        throw cause
      }
    }
    const boot = PlanetCore.boot({
      logger: recordingLogger(),
      orbits: [orbit('a', trace), orbit('b', trace), new OrbitMail(), orbit('never', trace)],
    })
    await expect(boot).rejects.toMatchObject({
      code: 'orbit-install-failed',
      message: expect.stringContaining('The orbit OrbitMail could not be installed: no secret.'),
      cause,
    })
    expect(trace).toEqual(['install a', 'install b', 'shut down b', 'shut down a'])
  })

  test('refuses an item that is not an orbit, and names it', async () => {
    class NoOrbit {}
    for (const given of [NoOrbit, new NoOrbit(), undefined]) {
      const options = { logger: recordingLogger(), orbits: [given] }
      await expect(Reflect.apply(PlanetCore.boot, PlanetCore, [options])).rejects.toMatchObject({
        code: 'orbit-install-failed',
        message: expect.stringContaining(
          `The orbit ${given ? 'NoOrbit' : 'undefined'} could not be installed: An orbit is`,
        ),
      })
    }
  })

  test('refuses a middleware in `orbits`, and says what to write instead', async () => {
    async function sessionMiddleware() {}
    const options = { logger: recordingLogger(), orbits: [sessionMiddleware] }
    await expect(Reflect.apply(PlanetCore.boot, PlanetCore, [options])).rejects.toMatchObject({
      code: 'orbit-install-failed',
      message: expect.stringContaining(
        'The orbit sessionMiddleware could not be installed: An orbit is a class or an object with install(core). For sessions: new OrbitSession().',
      ),
    })
  })

  test('stops if the routes throw, and shuts down the orbits', async () => {
    const trace: string[] = []
    const boot = PlanetCore.boot({
      logger: recordingLogger(),
      orbits: [orbit('a', trace)],
      routes: () => {
        throw new Error('wrong route')
      },
    })
    await expect(boot).rejects.toThrow('wrong route')
    expect(trace).toEqual(['install a', 'shut down a'])
  })
})

describe('fetch', () => {
  test('needs no `this`, and passes all its arguments to Hono', async () => {
    const waited: unknown[] = []
    const { fetch } = await PlanetCore.boot({
      logger: recordingLogger(),
      routes: (routes) => {
        routes.get('/', (c) => {
          c.executionCtx.waitUntil(Promise.resolve('done'))
          return c.json(c.env)
        })
      },
    })
    const context = {
      waitUntil: (work: unknown) => void waited.push(work),
      passThroughOnException: none,
      props: {},
    }
    const response = await fetch(new Request('http://localhost/'), { incoming: 1 }, context)
    expect(await response.json()).toEqual({ incoming: 1 })
    expect(waited).toHaveLength(1)
  })
})

describe('liftoff', () => {
  test('returns a port and the fetch of the core', async () => {
    vi.stubEnv('PORT', '')
    const core = await PlanetCore.boot({
      logger: recordingLogger(),
      routes: none,
      config: { port: 4000 },
    })
    expect(core.liftoff(5000)).toEqual({ port: 5000, fetch: core.fetch })
    expect(core.liftoff().port).toBe(4000)
    vi.stubEnv('PORT', 'many')
    expect(() => core.liftoff()).toThrow('PORT is "many", which is not a valid port')
  })

  test('logs nothing in a test runner', async () => {
    const logger = recordingLogger()
    const core = await PlanetCore.boot({ logger, routes: none })
    core.liftoff(1)
    expect(logger.lines).toEqual([])
  })
})

describe('shutdown', () => {
  test('shuts down each orbit once, the last installed first, even if it is called several times', async () => {
    const trace: string[] = []
    const core = await PlanetCore.boot({
      logger: recordingLogger(),
      routes: none,
      orbits: [orbit('a', trace), { install: none }, orbit('b', trace)],
    })
    trace.length = 0
    await Promise.all([core.shutdown(), core.shutdown()])
    await core.shutdown()
    expect(trace).toEqual(['shut down b', 'shut down a'])
  })

  test('logs an orbit that fails to shut down, and continues', async () => {
    const trace: string[] = []
    const logger = recordingLogger()
    const failing = orbit('b', trace, { shutdown: () => Promise.reject(new Error('stuck')) })
    const core = await PlanetCore.boot({
      logger,
      routes: none,
      orbits: [orbit('a', trace), failing],
    })
    await core.shutdown()
    expect(trace).toContain('shut down a')
    expect(logger.lines).toEqual(['error: The orbit b failed to shut down: stuck'])
  })
})
