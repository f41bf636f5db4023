import { readFileSync } from 'node:fs'
import { createClient, createCluster } from 'redis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { SessionConfigError } from '../../packages/orbit/src/errors.ts'
import { type RedisStoreOptions, redisStore } from '../../packages/orbit/src/stores/redis.ts'
import type { CheckedStore } from '../../packages/orbit/src/stores/store.ts'
import { describeSessionStore } from '../../packages/orbit/src/testing/contract.ts'
import { freePort, type RedisServer, startCluster, startRedis } from '../servers/redis.ts'
import { aSession, eventually, twoStores } from './redis-setting.ts'

const ends: Array<() => Promise<unknown>> = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function aServer(...args: string[]): Promise<RedisServer> {
  const server = await startRedis(args)
  ends.push(() => server.stop())
  return server
}

/** A server with the default user, and a user with these permissions. */
async function aServerFor(rights: string): Promise<string> {
  const server = await aServer('--user', 'web', 'on', '>secret', ...rights.split(' '))
  return `redis://web:secret@127.0.0.1:${server.port}`
}

/** The error at boot, and the error of a request without a boot. */
async function told(redis: RedisStoreOptions) {
  const atBoot = await outcomeOf(() => aStore(redis).ready())
  const atRequest = await outcomeOf(() => aSession(aStore(redis)))
  return { atBoot, atRequest }
}

function aStore(redis: RedisStoreOptions): CheckedStore {
  const store = redisStore({ ...redis, warn: () => {} })
  ends.push(async () => store.close())
  return store
}

async function outcomeOf(work: () => unknown): Promise<unknown> {
  try {
    await work()
    return 'fine'
  } catch (error) {
    return error
  }
}

const fine = { atBoot: 'fine', atRequest: 'fine' }

/**
 * Expects that the app cannot boot, that the error says why, and that a request without a boot
 * fails for the same reason.
 */
async function refused(redis: RedisStoreOptions, cause: RegExp, remedy: RegExp): Promise<void> {
  for (const error of Object.values(await told(redis))) {
    expect(error).toMatchObject({
      name: 'SessionConfigError',
      message: expect.stringMatching(cause),
    })
    expect(error).toMatchObject({ message: expect.stringMatching(remedy) })
    expect(String(error)).not.toContain('secret')
  }
}

/** The command in `docs/drivers.md`. */
const docs = readFileSync(new URL('../../docs/drivers.md', import.meta.url), 'utf8')
const commands = /^ACL SETUSER web on >password ~orbit:\* (.*)$/m.exec(docs)?.[1] ?? 'not found'
const onCluster = /On a Cluster, add\s+`([^`]+)`/.exec(docs)?.[1] ?? 'not found'

describe('A Redis user without the permissions that sessions need', () => {
  it('is refused: another key prefix', async () => {
    const url = await aServerFor(`~other:* ${commands}`)
    const rights = `ACL SETUSER <name> ~orbit:\\* ${commands.replaceAll('+', '\\+')}`
    await refused({ url }, /NOPERM/, new RegExp(`${rights}$`))
  })

  it('is refused: no scripts', async () => {
    const url = await aServerFor('~orbit:* +@all -eval -evalsha')
    await refused({ url }, /NOPERM.*eval/, /ACL SETUSER .* \+eval \+evalsha/)
  })

  it('is refused: scripts by digest only, even if the server already has the script', async () => {
    const server = await aServer('--user', 'web', ...'on >secret ~orbit:* +@all -eval'.split(' '))
    await aSession(aStore({ url: server.url }))
    const url = `redis://web:secret@127.0.0.1:${server.port}`
    const error = await outcomeOf(() => aStore({ url }).ready())
    expect(error).toMatchObject({ name: 'SessionConfigError' })
  })

  it('is accepted: scripts by source only', async () => {
    const rest = commands.split(' ').filter((one) => one !== '+evalsha')
    expect(await told({ url: await aServerFor(`~orbit:* ${rest.join(' ')}`) })).toEqual(fine)
  })

  it.each(commands.split(' ').filter((one) => one !== '+evalsha'))(
    'is refused: no %s',
    async (command) => {
      const rest = commands.split(' ').filter((one) => one !== command)
      const { atBoot } = await told({ url: await aServerFor(`~orbit:* ${rest.join(' ')}`) })
      expect(atBoot).toMatchObject({ name: 'SessionConfigError' })
      // Before version 7.2, Redis does not say which command of a script it refuses.
      const refused = `'${command.slice(1)}'|user executing the script can't run this command`
      expect(String(atBoot)).toMatch(new RegExp(`keep sessions: .*(?:${refused}).* ACL SETUSER`))
    },
  )
})

describe('A Redis user with exactly the permissions from the docs', () => {
  let server: RedisServer
  let url: string

  beforeAll(async () => {
    server = await startRedis(['--user', 'web', ...`on >secret ~orbit:* ${commands}`.split(' ')])
    url = `redis://web:secret@127.0.0.1:${server.port}`
  })
  afterAll(() => server.stop())

  it("is accepted, with our client and with the app's client", async () => {
    expect(await told({ url })).toEqual(fine)
    const client = createClient({ url, disableOfflineQueue: true })
    ends.push(async () => client.destroy())
    expect(await told({ client })).toEqual(fine)
  })

  describeSessionStore(
    'redis, as such a user',
    ({ now }) => twoStores(server, { url, now }, 'orbit:'),
    { describe, it },
  )
})

describe('A password that changes', () => {
  it('is requested at each connection if the client has a credentialsProvider', async () => {
    const server = await aServer(
      '--user',
      'web',
      'on',
      '>first',
      '~orbit:*',
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
    expect(await told({ client })).toEqual(fine)
    await looker.sendCommand(['ACL', 'SETUSER', 'web', 'resetpass', '>second'])
    password = 'second'
    await looker.sendCommand(['CLIENT', 'KILL', 'USER', 'web'])
    await eventually(async () => expect(await told({ client })).toEqual(fine), 5_000)
  })
})

describe('An unsuitable Redis server', () => {
  it('is refused if it lacks a command that sessions need', async () => {
    const { url } = await aServer('--rename-command', 'EVAL', '')
    await refused({ url }, /unknown command 'EVAL'/, /Redis 6\.2 or later/)
  })

  it('is accepted if it lacks a command that is optional', async () => {
    const without = ['EVALSHA', 'SCRIPT', 'CONFIG', 'CLIENT', 'HELLO', 'INFO', 'COMMAND', 'PING']
    const { url } = await aServer(...without.flatMap((name) => ['--rename-command', name, '']))
    expect(await told({ url })).toEqual(fine)
  })

  it('is refused if it is one node of a Cluster', async () => {
    const cluster = await startCluster({ masters: 2 })
    ends.push(() => cluster.stop())
    const [node] = cluster.masters
    if (!node) throw new Error('The Cluster has no nodes.')
    // A request may happen to use a key on this node. The check at startup must not depend on that.
    expect(await outcomeOf(() => aStore({ url: node.url }).ready())).toMatchObject({
      name: 'SessionConfigError',
      message: expect.stringMatching(/one node of a Redis Cluster.*createCluster/),
    })
    for (const one of cluster.masters) {
      const rights = `on >secret ~orbit:* ${commands} ${onCluster}`.split(' ')
      await (await one.look()).sendCommand(['ACL', 'SETUSER', 'web', ...rights])
    }
    const defaults = { username: 'web', password: 'secret' }
    const client = createCluster({ rootNodes: [{ url: node.url }], defaults })
    ends.push(async () => client.destroy())
    expect(await told({ client })).toEqual(fine)
  }, 60_000)

  it('is refused if it has no database with that number', async () => {
    const { url } = await aServer()
    await refused({ url: `${url}/99` }, /DB index is out of range/, /redis\.url/)
  })
})

describe('A value that is not a client', () => {
  const strange: Record<string, unknown> = {
    nothing: {},
    null: null,
    'an address': 'redis://127.0.0.1:6379',
    'the options of a client': { url: 'redis://127.0.0.1:6379' },
    'a promise of a client': Promise.resolve(createClient()),
    'a client with callbacks, as in redis 3': {
      connected: true,
      get() {},
      eval() {},
      evalsha() {},
      scan() {},
      send_command() {},
    },
    'a client of redis 4': {
      ...Object.fromEntries(
        ['get', 'eval', 'evalSha', 'scan', 'connect', 'on', 'sendCommand'].map((name) => [
          name,
          () => {},
        ]),
      ),
      isOpen: true,
      isReady: true,
    },
    'a cache': new Map(),
  }

  it.each(Object.keys(strange))('is refused at boot, with what is accepted: %s', (name) => {
    // An app without TypeScript may pass any value.
    const options: object = { client: strange[name] }
    const attempt = () => redisStore(options)
    expect(attempt).toThrow(SessionConfigError)
    expect(attempt).toThrow(/redis\.client.*createClient.*ioredis.*Bun.*@upstash\/redis/)
  })
})

describe('An invalid address', () => {
  it.each([
    'redis://127.0.0.1/name',
    'redis://127.0.0.1/1/2',
    'redis://127.0.0.1/-1',
    'redis://user:%zz@127.0.0.1',
    'redis://%zz:secret@127.0.0.1',
    'redis:127.0.0.1',
    'redis://',
    'localhost:6379',
    'http://127.0.0.1',
    'redis://:hush secret@ho st:99999999',
    '',
  ])('is refused at boot, without being shown: "%s"', (url) => {
    const attempt = () => redisStore({ url })
    expect(attempt).toThrow(SessionConfigError)
    expect(attempt).toThrow(/redis\.url.*redis:\/\/user:password@host:6379\/0/)
    expect(attempt).not.toThrow(/secret|localhost:6379/)
  })
})

describe('The boot', () => {
  it('succeeds with a warning if the server is full, a replica, or down', async () => {
    const boots = async (url: string) => {
      const warnings: string[] = []
      const store = redisStore({ url, warn: (message) => warnings.push(message) })
      await store.ready()
      await store.close()
      return warnings.join('\n')
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

  it('leaves no keys on the server', async () => {
    const server = await aServer()
    await aStore({ url: server.url }).ready()
    expect(await (await server.look()).keys('*')).toEqual([])
  })
})
