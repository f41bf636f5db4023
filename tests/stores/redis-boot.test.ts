import { readFileSync } from 'node:fs'
import { session } from '@gravito/orbit'
import { Hono } from 'hono'
import { createClient, createClientPool, createCluster } from 'redis'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { RedisClient } from '../../packages/orbit/src/stores/redis/client.ts'
import { type RedisStoreOptions, redisStore } from '../../packages/orbit/src/stores/redis.ts'
import { describeSessionStore } from '../../packages/orbit/src/testing/contract.ts'
import { Client } from '../hono/client.ts'
import { arrived } from '../hono/setting.ts'
import { freePort, type RedisServer, startRedis } from '../servers/redis.ts'
import { eventually } from './redis-setting.ts'

const ends: Array<() => Promise<unknown>> = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function aServer(...args: string[]): Promise<RedisServer> {
  const server = await startRedis(args)
  ends.push(() => server.stop())
  return server
}

/** A server with a user of these rights beside the default one. */
async function aServerFor(rights: string): Promise<string> {
  const server = await aServer('--user', 'web', 'on', '>secret', ...rights.split(' '))
  return `redis://web:secret@127.0.0.1:${server.port}`
}

/** What an app is told at boot, and what the person is told whose request came without one. */
async function told(redis: RedisStoreOptions) {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const boot = session({ driver: 'redis', secret: 'a secret of the test, of 32 bytes', redis })
  ends.push(() => boot.close())
  const atBoot = await boot.ready().then(
    () => undefined,
    (error: unknown) => error,
  )

  const sessions = session({ driver: 'redis', secret: 'a secret of the test, of 32 bytes', redis })
  ends.push(() => sessions.close())
  const app = new Hono()
  app.use(sessions)
  let thrown: unknown
  app.post('/put', (c) => {
    c.get('session').put('a', 1)
    return c.text('put')
  })
  app.get('/me', (c) => c.text(String(c.get('session').get('a'))))
  app.onError((error, c) => {
    thrown = error
    return 'getResponse' in error ? error.getResponse() : c.text('bare', 500)
  })
  const response = await (await arrived(new Client(app))).post('/put')
  return { atBoot, thrown, status: response.status }
}

/** That the app cannot boot, is told why, and that a request without a boot is a 503 for the same cause. */
async function refused(redis: RedisStoreOptions, cause: RegExp, remedy: RegExp): Promise<void> {
  const { atBoot, thrown, status } = await told(redis)
  expect(atBoot).toMatchObject({
    name: 'SessionConfigError',
    message: expect.stringMatching(cause),
  })
  expect(atBoot).toMatchObject({ message: expect.stringMatching(remedy) })
  expect(String(atBoot)).not.toContain('secret')
  expect(status).toBe(503)
  expect(thrown).toMatchObject({
    code: 'session-unavailable',
    cause: { name: 'SessionConfigError', message: expect.stringMatching(cause) },
  })
}

/** What `docs/drivers.md` tells people to type. */
const docs = readFileSync(new URL('../../docs/drivers.md', import.meta.url), 'utf8')
const commands = /^ACL SETUSER web on >password ~session:\* (.*)$/m.exec(docs)?.[1] ?? 'not found'
const onCluster = /On a Cluster add `([^`]+)`/.exec(docs)?.[1] ?? 'not found'

describe('A Redis user that may not do what sessions need', () => {
  it('has another prefix of keys', async () => {
    const url = await aServerFor(`~other:* ${commands}`)
    const rights = `ACL SETUSER <name> ~session:\\* ${commands.replaceAll('+', '\\+')}`
    await refused({ url }, /NOPERM/, new RegExp(`${rights}$`))
  })

  it('may run no script', async () => {
    const url = await aServerFor('~session:* +@all -eval -evalsha')
    await refused({ url }, /NOPERM.*'?evalsha/, /ACL SETUSER .* \+eval \+evalsha/)
  })

  it.each(commands.split(' '))('lacks %s', async (command) => {
    const rest = commands.split(' ').filter((one) => one !== command)
    const { atBoot } = await told({ url: await aServerFor(`~session:* ${rest.join(' ')}`) })
    expect(atBoot).toMatchObject({ name: 'SessionConfigError' })
    // Before Redis 7.2 the server does not say which command of a script it refuses.
    const refused = `'${command.slice(1)}'|user executing the script can't run this command`
    expect(String(atBoot)).toMatch(new RegExp(`keep sessions: .*(?:${refused}).* ACL SETUSER`))
  })
})

describe('A Redis user that may do what the docs say, and no more', () => {
  let server: RedisServer
  let url: string
  let tests = 0

  beforeAll(async () => {
    server = await startRedis(['--user', 'web', ...`on >secret ~session:* ${commands}`.split(' ')])
    url = `redis://web:secret@127.0.0.1:${server.port}`
  })
  afterAll(() => server.stop())

  it('is enough, with our client and with one of the app’s', async () => {
    expect(await told({ url })).toEqual({ status: 200 })
    const client = createClient({ url, disableOfflineQueue: true })
    ends.push(async () => client.destroy())
    expect(await told({ client })).toEqual({ status: 200 })
  })

  describeSessionStore(
    'redis, as such a user',
    ({ now }) => {
      tests += 1
      const open = () => redisStore({ url, prefix: `session:test${tests}:`, now })
      const stores = [open(), open()] as const
      return { stores, close: async () => void (await Promise.all(stores.map((s) => s.close()))) }
    },
    { describe, it },
  )
})

describe('A password that changes', () => {
  it('is asked for at each connection, where the client has a credentialsProvider', async () => {
    const server = await aServer(
      '--user',
      'web',
      'on',
      '>first',
      '~session:*',
      ...commands.split(' '),
    )
    const looker = await server.look()
    let password = 'first'
    const client = createClient({
      url: server.url,
      credentialsProvider: {
        type: 'async-credentials-provider',
        credentials: async () => ({ username: 'web', password }),
      },
      disableOfflineQueue: true,
    })
    ends.push(async () => client.destroy())
    expect(await told({ client })).toEqual({ status: 200 })
    await looker.sendCommand(['ACL', 'SETUSER', 'web', 'resetpass', '>second'])
    password = 'second'
    await looker.sendCommand(['CLIENT', 'KILL', 'USER', 'web'])
    await eventually(async () => expect(await told({ client })).toEqual({ status: 200 }), 5_000)
  })
})

describe('A server that is no Redis of one node', () => {
  it('lacks a command that sessions need', async () => {
    const { url } = await aServer('--rename-command', 'EVALSHA', '')
    await refused({ url }, /unknown command 'EVALSHA'/, /Redis 6\.2 or later/)
  })

  it('is one node of a Cluster', async () => {
    const bus = async () => ['--cluster-enabled', 'yes', '--cluster-port', String(await freePort())]
    const node = await aServer(...(await bus()))
    const other = await aServer(...(await bus()))
    const look = await node.look()
    const otherBus = String(
      await (await other.look()).configGet('cluster-port').then((c) => c['cluster-port']),
    )
    await look.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '0', '8191'])
    await (await other.look()).sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '8192', '16383'])
    await look.sendCommand(['CLUSTER', 'MEET', '127.0.0.1', String(other.port), otherBus])
    await eventually(async () => {
      expect(String(await look.sendCommand(['CLUSTER', 'INFO']))).toContain('cluster_state:ok')
    }, 15_000)
    // A request may be lucky with its key; the boot leaves nothing to luck.
    const { atBoot } = await told({ url: node.url })
    expect(atBoot).toMatchObject({
      name: 'SessionConfigError',
      message: expect.stringMatching(/one node of a Redis Cluster.*createCluster/),
    })
    for (const looker of [look, await other.look()]) {
      const rights = `on >secret ~session:* ${commands} ${onCluster}`.split(' ')
      await looker.sendCommand(['ACL', 'SETUSER', 'web', ...rights])
    }
    const defaults = { username: 'web', password: 'secret' }
    const client = createCluster({ rootNodes: [{ url: node.url }], defaults })
    ends.push(async () => client.destroy())
    expect(await told({ client })).toEqual({ status: 200 })
  })

  it('has no database of that number', async () => {
    const { url } = await aServer()
    await refused({ url: `${url}/99` }, /DB index is out of range/, /redis\.url/)
  })
})

describe('What is no client of the package "redis"', () => {
  const strange: Record<string, () => Promise<unknown>> = {
    'nothing at all': async () => ({}),
    'a text': async () => 'redis://127.0.0.1:6379',
    'a pool of clients': async () => {
      const pool = createClientPool({ url: (await aServer()).url })
      ends.push(async () => pool.destroy())
      return pool
    },
    'a client of another package': async () => new OtherClient(),
    'an address that a client has': async () => ({ url: 'redis://127.0.0.1:6379' }),
  }

  it.each(Object.keys(strange))('%s', async (name) => {
    const client = (await strange[name]?.()) as RedisClient
    await refused(
      { client },
      /session\.redis\.client is not a client of the package "redis"/,
      /createClient/,
    )
  })

  it('a client of before version 5 lacks what later ones have', async () => {
    const { withCommandOptions: _, ...old } = Object.getOwnPropertyDescriptors(
      Object.getPrototypeOf(createClient()),
    )
    await refused(
      { client: Object.create(null, old) as RedisClient },
      /withCommandOptions/,
      /npm i redis/,
    )
  })
})

/** What ioredis has, and the drivers that follow it. */
class OtherClient {
  status = 'wait'
  on() {}
  off() {}
  connect() {}
  get() {}
  set() {}
  exists() {}
  zrange() {}
  zrem() {}
  eval() {}
  evalsha() {}
}

describe('An address that is none', () => {
  it.each([
    'redis://127.0.0.1/name',
    'redis://127.0.0.1/1/2',
    'redis://127.0.0.1/-1',
    'redis://user:%zz@127.0.0.1',
    'redis://%zz:secret@127.0.0.1',
    'redis:127.0.0.1',
  ])('%s', async (url) => {
    await refused({ url }, /session\.redis\.url/, /redis:\/\/user:password@host:6379\/0/)
  })
})

describe('What passes', () => {
  it('is a server that is full, a replica, or away: the app boots, and is told', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const boots = async (url: string) => {
      const sessions = session({ driver: 'redis', redis: { url } })
      ends.push(() => sessions.close())
      await sessions.ready()
      return warn.mock.calls.splice(0).join('\n')
    }
    const server = await aServer()
    const looker = await server.look()
    await looker.configSet('maxmemory', '1')
    expect(await boots(server.url)).toContain('OOM')
    await looker.configSet('maxmemory', '0')
    await looker.replicaOf('127.0.0.1', await freePort())
    expect(await boots(server.url)).toContain('READONLY')
    await server.kill()
    expect(await boots(server.url)).toContain('ECONNREFUSED')
  })

  it('nothing of the boot stays on the server', async () => {
    const server = await aServer()
    const sessions = session({
      driver: 'redis',
      secret: 'a secret of the test, of 32 bytes',
      redis: { url: server.url },
    })
    ends.push(() => sessions.close())
    await sessions.ready()
    expect(await (await server.look()).keys('*')).toEqual([])
  })
})
