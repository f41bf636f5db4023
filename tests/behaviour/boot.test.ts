import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OrbitSession, type SessionOptions } from '@gravito/orbit'
import { OrbitCache } from '@gravito/stasis'
import { createLogger, type Orbit, PlanetCore } from 'gravito-core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startRedis } from '../servers/redis.ts'
import { start } from '../stasis/process.ts'

const refused = (message: RegExp) =>
  expect.objectContaining({
    message: expect.stringMatching(message),
    cause: expect.objectContaining({ name: 'SessionConfigError' }),
  })

async function boot(session: SessionOptions, orbits: Orbit[]): Promise<void> {
  const core = await PlanetCore.boot({
    config: { session },
    orbits,
    routes: () => {},
    logger: createLogger('silent'),
  })
  await core.shutdown()
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gravito-boot-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

describe("an app with driver: 'cache'", () => {
  it('boots if the cache comes before the sessions, under the expected name', async () => {
    await boot({ driver: 'cache' }, [new OrbitCache(), new OrbitSession()])
    const cache = new OrbitCache({ exposeAs: 'mine' })
    await boot({ driver: 'cache', cacheKey: 'mine' }, [cache, new OrbitSession()])
  })

  it('gets an error with the package to install if there is no cache', async () => {
    const booting = boot({ driver: 'cache' }, [new OrbitSession()])
    await expect(booting).rejects.toEqual(refused(/npm i @gravito\/stasis/))
  })

  it('gets an error with the right order if the cache comes after the sessions', async () => {
    const booting = boot({ driver: 'cache' }, [new OrbitSession(), new OrbitCache()])
    const order = /orbits: \[new OrbitCache\(\), new OrbitSession\(\)\]/
    await expect(booting).rejects.toEqual(refused(order))
  })

  it('gets an error if the cache has another name', async () => {
    const orbits = [new OrbitCache({ exposeAs: 'mine' }), new OrbitSession()]
    await expect(boot({ driver: 'cache' }, orbits)).rejects.toEqual(refused(/under "cache"/))
  })

  it.each([
    ['a reserved space', new Map(), /no reserve\(\)/],
    ['an atomic method', { reserve: () => new Map() }, /without get and an atomic compareAndSet/],
  ])('gets an error if the cache lacks %s', async (_, cache, message) => {
    const plain: Orbit = {
      name: 'PlainCache',
      install: (core) => void core.config.set('service:cache', cache),
    }
    const booting = boot({ driver: 'cache' }, [plain, new OrbitSession()])
    await expect(booting).rejects.toEqual(refused(message))
  })
})

describe('an app with its sessions in a cache whose Redis user lacks permissions', () => {
  it('does not boot, and the error names the permissions to grant', async () => {
    const rights = 'on >secret ~cache:* +get +set +del +eval -evalsha'.split(' ')
    const server = await startRedis(['--user', 'web', ...rights])
    onTestFinished(() => server.stop())
    const url = `redis://web:secret@127.0.0.1:${server.port}`
    const cache = () => new OrbitCache({ stores: { redis: { driver: 'redis', url } } })
    const booting = boot({ driver: 'cache' }, [cache(), new OrbitSession()])
    await expect(booting).rejects.toEqual(refused(/cache cannot keep sessions.*NOPERM.*evalsha/))

    const looker = await server.look()
    await looker.flushAll()
    await looker.sendCommand(['ACL', 'SETUSER', 'web', '+evalsha'])
    await boot({ driver: 'cache' }, [cache(), new OrbitSession()])
    expect(await looker.keys('*')).toEqual([expect.stringMatching(/secret-[\w-]{43}$/)])
  })
})

describe("an app with driver: 'file'", () => {
  it('does not boot if the folder is not writable, and the error says what to change', async () => {
    const folder = await newFolder()
    await chmod(folder, 0o555)
    const child = start(new URL('./boot-as-nobody.ts', import.meta.url), [join(folder, 'sessions')])
    onTestFinished(() => child.kill())
    expect(await child.next()).toMatch(/cannot keep sessions in .*\(EACCES\).* file\.path/)
  })

  // Only root can change the owner of a folder.
  it.runIf(process.getuid?.() === 0)(
    'does not boot if the folder belongs to another user',
    async () => {
      const path = await newFolder()
      await chown(path, 65_534, 65_534)
      const booting = boot({ driver: 'file', file: { path } }, [new OrbitSession()])
      await expect(booting).rejects.toEqual(refused(/user 65534 owns it.*chown.*file\.path/))
    },
  )

  it('does not boot if there is a file instead of the folder', async () => {
    const file = join(await newFolder(), 'storage')
    await writeFile(file, '')
    const booting = boot({ driver: 'file', file: { path: join(file, 'sessions') } }, [
      new OrbitSession(),
    ])
    await expect(booting).rejects.toEqual(refused(/cannot keep sessions in .* file\.path/))
  })
})

describe('an app whose session has no configuration', () => {
  const logOf = async (options: object, own?: SessionOptions) => {
    const lines: string[] = []
    const note = (line: string) => void lines.push(line)
    const logger = { debug: note, info: note, warn: note, error: note }
    const orbits = [new OrbitSession(own)]
    const core = await PlanetCore.boot({ ...options, orbits, routes: () => {}, logger })
    await core.shutdown()
    return lines.join()
  }

  it('gets a warning, because the key may be misspelt', async () => {
    expect(await logOf({ config: { sesion: { driver: 'file' } } })).toMatch(/no config\.session/)
  })

  it('gets no warning if there is a configuration, or options were passed', async () => {
    expect(await logOf({ config: { session: {} } })).toBe('')
    expect(await logOf({}, { driver: 'memory' })).toBe('')
  })
})

describe('the options of OrbitSession', () => {
  /** An app with two sources of options. */
  async function booted(config: SessionOptions, own: SessionOptions) {
    const core = await PlanetCore.boot({
      config: { session: config },
      orbits: [new OrbitSession(own)],
      routes: (router) => {
        router.post('/', (c) => c.text('passed'))
        router.get('/', (c) => c.json(c.get('session').get('visits', 0)))
      },
      logger: createLogger('silent'),
    })
    onTestFinished(() => core.shutdown())
    return core
  }
  const post = () => new Request('http://localhost/', { method: 'POST' })
  const get = () => new Request('http://localhost/')

  it('have no effect if they are undefined', async () => {
    const core = await booted(
      { cookie: { name: 'sid' }, csrf: { enabled: false } },
      { cookie: { name: undefined }, csrf: undefined },
    )

    const answer = await core.fetch(get())
    expect(answer.headers.getSetCookie().join()).toMatch(/^sid=/)
    expect((await core.fetch(post())).status).toBe(200)
  })

  it('can set the CSRF check to a boolean where the configuration has an object, and the other way round', async () => {
    const off = await booted({ csrf: { headerName: 'X-Token' } }, { csrf: false })
    const on = await booted({ csrf: false }, { csrf: { headerName: 'X-Token' } })

    expect((await off.fetch(post())).status).toBe(200)
    expect((await on.fetch(post())).status).toBe(200)
    const again = await booted({ csrf: false }, { csrf: true })
    expect((await again.fetch(post())).status).toBe(403)
  })
})
