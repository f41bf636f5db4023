import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type RedisStoreOptions, redisStore } from '../../packages/orbit/src/stores/redis.ts'
import type { SessionStore } from '../../packages/orbit/src/stores/store.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { eventually, failureOf, newRecord, newText } from './redis-setting.ts'

const timeoutMs = 300
const ends: Array<() => Promise<unknown>> = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function aServer(...args: string[]): Promise<RedisServer> {
  const server = await startRedis(args)
  ends.push(() => server.stop())
  return server
}

function aStore(options: RedisStoreOptions & { warn?: (message: string) => void }): SessionStore {
  const store = redisStore({ timeoutMs, warn: () => {}, ...options })
  ends.push(async () => store.close())
  return store
}

async function aSession(store: SessionStore) {
  const [key, record] = [newText(), newRecord()]
  expect(await store.create(key, record)).toBe('created')
  return { key, record }
}

async function duration(call: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await call()
  return performance.now() - began
}

describe('A Redis that hangs', () => {
  it('lets the first call wait for the time limit only, and later ones not at all', async () => {
    const server = await aServer()
    const store = aStore({ url: server.url })
    const { key, record } = await aSession(store)
    server.pause()
    const load = () => failureOf(Promise.resolve(store.load(key)))
    const first = await duration(load)
    expect(first).toBeGreaterThan(timeoutMs - 20)
    expect(first).toBeLessThan(timeoutMs + 500)
    expect(await duration(load)).toBeLessThan(50)
    expect(await load()).toBe(`Redis is away: it gave no answer within ${timeoutMs} ms.`)
    server.continue()
    expect(await eventually(async () => store.load(key), 2_000)).toEqual(record)
  })

  it('is reached by a new connection when the old one has been silent for long', async () => {
    const server = await aServer()
    const store = aStore({ url: server.url })
    const { key, record } = await aSession(store)
    const looker = await server.look()
    const idsOf = async () => (await looker.clientList()).map((client) => client.id)
    const before = await idsOf()
    server.pause()
    await failureOf(Promise.resolve(store.load(key)))
    // The store gives a connection up after five seconds; nothing outside shows when.
    await new Promise((resolve) => setTimeout(resolve, 6_500))
    server.continue()
    expect(await eventually(async () => store.load(key), 3_000)).toEqual(record)
    expect((await idsOf()).some((id) => !before.includes(id))).toBe(true)
  })

  it('is told apart from a client of the app’s that hangs too, and comes back as well', async () => {
    const { createClient } = await import('redis')
    const server = await aServer()
    const client = createClient({ url: server.url })
    ends.push(async () => client.destroy())
    const store = aStore({ client })
    const { key, record } = await aSession(store)
    server.pause()
    const load = () => failureOf(Promise.resolve(store.load(key)))
    await load()
    expect(await duration(load)).toBeLessThan(50)
    server.continue()
    expect(await eventually(async () => store.load(key), 2_000)).toEqual(record)
  })
})

describe('A Redis that is killed', () => {
  it('fails calls at once, and has the sessions again after a restart with data', async () => {
    const server = await aServer('--appendonly', 'yes', '--appendfsync', 'always')
    const store = aStore({ url: server.url })
    const { key, record } = await aSession(store)
    await server.kill()
    const load = () => failureOf(Promise.resolve(store.load(key)))
    await load()
    expect(await duration(load)).toBeLessThan(50)
    expect(await load()).toContain('Redis is away')
    await server.restart()
    expect(await eventually(async () => store.load(key), 3_000)).toEqual(record)
  })

  it('begins anew after a restart without data, scripts included', async () => {
    const server = await aServer()
    const store = aStore({ url: server.url })
    const { key } = await aSession(store)
    const secret = await store.secret?.('the first secret of the app')
    await server.kill()
    await server.restart()
    expect(await eventually(async () => store.load(key), 3_000)).toBeUndefined()
    const [other, owner] = [newText(), newText()]
    expect(await store.create(other, newRecord({ owner }))).toBe('created')
    expect((await store.list(owner)).length).toBe(1)
    expect(await store.secret?.(secret ?? '')).toBe(secret)
  })

  it('is no reason to refuse the boot, and is found when it comes', async () => {
    const server = await aServer()
    await server.kill()
    const warnings: string[] = []
    const store = aStore({ url: server.url, warn: (message) => warnings.push(message) })
    await store.ready?.()
    expect(warnings.join()).toContain('ECONNREFUSED')
    await server.restart()
    await eventually(async () => store.load(newText()), 3_000)
  })

  it('does not end the process of an app that listens to no error', async () => {
    const { createClient } = await import('redis')
    const server = await aServer()
    const client = createClient({ url: server.url })
    ends.push(async () => client.destroy())
    const store = aStore({ client })
    await aSession(store)
    await server.kill()
    await failureOf(Promise.resolve(store.load(newText())))
    expect(await failureOf(Promise.resolve(store.load(newText())))).toContain('Redis is away')
    await server.restart()
    await eventually(() => aSession(store), 3_000)
  })
})

describe('A server that accepts connections and closes them', () => {
  /** As a Redis at its `maxclients` does, and a proxy without a server behind it. */
  async function aClosingServer() {
    let connections = 0
    const server = createServer((socket) => {
      connections += 1
      socket.destroy()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    ends.push(async () => server.close())
    const address = server.address()
    if (typeof address !== 'object' || !address) throw new Error('It has no port.')
    return { port: address.port, connections: () => connections, server }
  }

  it('is asked at most twenty times a second, and is found when it serves', async () => {
    const { port, connections, server } = await aClosingServer()
    const store = aStore({ url: `redis://127.0.0.1:${port}` })
    await store.ready?.()
    const load = () => failureOf(Promise.resolve(store.load(newText())))
    await load()
    const before = connections()
    const began = performance.now()
    // A server counts by the clock, so this takes a second of it.
    while (performance.now() - began < 1_000) {
      await load()
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(connections() - before).toBeLessThanOrEqual(20)
    expect(connections() - before).toBeGreaterThan(0)

    server.close()
    const redis = await startRedis(['--port', String(port)])
    ends.push(() => redis.stop())
    await eventually(() => aSession(store), 3_000)
  })

  it('only because of a command that is not needed: does without it', async () => {
    const redis = await aServer()
    const refused: string[] = []
    const proxy = createServer((socket) => {
      const beyond = connect(redis.port, '127.0.0.1')
      for (const one of [socket, beyond]) one.on('error', () => {})
      socket.on('close', () => beyond.destroy())
      beyond.pipe(socket)
      socket.on('data', (data) => {
        const [command] = /\b(?:SCRIPT|CONFIG|CLIENT|HELLO)\b/.exec(data.toString('latin1')) ?? []
        if (command === undefined) return beyond.write(data)
        refused.push(command)
        return socket.destroy()
      })
    }).listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    ends.push(async () => proxy.close())
    const address = proxy.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const store = aStore({ url: `redis://127.0.0.1:${port}` })
    await store.ready?.()
    const { key, record } = await eventually(() => aSession(store), 2_000)
    expect(await store.load(key)).toEqual(record)
    expect(refused).toEqual(['SCRIPT'])
  })

  it('is given up when the store is closed', async () => {
    const { port, connections } = await aClosingServer()
    const store = aStore({ url: `redis://127.0.0.1:${port}` })
    await store.ready?.()
    await store.close()
    const before = connections()
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(connections()).toBe(before)
  })
})

describe('A Redis that takes no writes', () => {
  it('as a replica: reads go on, a write says why not, and works once it is the master', async () => {
    const [master, replica] = [await aServer(), await aServer()]
    const store = aStore({ url: replica.url })
    const looker = await replica.look()
    await looker.replicaOf('127.0.0.1', master.port)
    const onMaster = aStore({ url: master.url })
    const { key, record } = await aSession(onMaster)
    const next = { ...record, version: newText(), payload: '1:next' }
    await expect.poll(() => store.load(key), { timeout: 15_000 }).toEqual(record)
    const write = async () => store.replace(key, next, record.version)
    expect(await failureOf(write())).toContain('READONLY')
    await looker.sendCommand(['REPLICAOF', 'NO', 'ONE'])
    expect(await write()).toBe('replaced')
  })

  it('for want of memory: writes fail, reads and removals go on', async () => {
    const server = await aServer('--maxmemory-policy', 'noeviction')
    const store = aStore({ url: server.url })
    const owner = newText()
    const [key, record] = [newText(), newRecord({ owner })]
    await store.create(key, record)
    const { key: other } = await aSession(store)
    const looker = await server.look()
    await looker.configSet('maxmemory', '1')
    const write = async () => store.replace(key, record, record.version)
    expect(await failureOf(write())).toContain('OOM')
    expect(await failureOf(Promise.resolve(store.create(newText(), newRecord())))).toContain('OOM')
    expect(await store.load(key)).toEqual(record)
    expect(await store.destroyOwner(owner)).toBe(1)
    expect(await store.destroy(other)).toBe(true)
    await looker.configSet('maxmemory', '0')
    expect(await store.create(key, record)).toBe('created')
  })
})

describe('A Redis that asks who we are', () => {
  const password = 'p:ss/w%rd?'

  it('lets in the user of the address', async () => {
    const acl = `on >${password} ~session:* +@all`
    const server = await aServer('--user', 'web', ...acl.split(' '))
    const user = `web:${encodeURIComponent(password)}`
    const store = aStore({ url: `redis://${user}@127.0.0.1:${server.port}` })
    const { key, record } = await aSession(store)
    expect(await store.load(key)).toEqual(record)
  })

  it('a wrong password is told without being shown, and is mended without a restart', async () => {
    const server = await aServer('--requirepass', 'another')
    const warnings: string[] = []
    const url = `redis://:${encodeURIComponent(password)}@127.0.0.1:${server.port}`
    const store = aStore({ url, warn: (message) => warnings.push(message) })
    await store.ready?.()
    expect(warnings.join()).toContain('WRONGPASS')
    const message = await failureOf(Promise.resolve(store.load(newText())))
    expect(message).toContain('refuses the user or the password')
    for (const secret of [password, encodeURIComponent(password)]) {
      expect(message + warnings.join()).not.toContain(secret)
    }
    const looker = await server.look({ password: 'another' })
    await looker.configSet('requirepass', password)
    await eventually(() => aSession(store), 3_000)
  })

  it('no password where one is asked for is told too', async () => {
    const server = await aServer('--requirepass', password)
    const store = aStore({ url: server.url })
    expect(await failureOf(Promise.resolve(store.load(newText())))).toContain('NOAUTH')
  })
})

describe('A Redis that may evict', () => {
  async function warningsOf(...args: string[]): Promise<string> {
    const server = await aServer(...args)
    const warnings: string[] = []
    const store = aStore({ url: server.url, warn: (message) => warnings.push(message) })
    await store.ready?.()
    return warnings.join('\n')
  }

  it('is warned of at boot', async () => {
    expect(await warningsOf('--maxmemory-policy', 'allkeys-lru')).toContain('allkeys-lru')
    expect(await warningsOf('--maxmemory-policy', 'noeviction')).toBe('')
  })

  it('and nothing is said where nobody may ask', async () => {
    const forbidden = ['--rename-command', 'CONFIG', '']
    expect(await warningsOf('--maxmemory-policy', 'allkeys-lru', ...forbidden)).toBe('')
  })
})
