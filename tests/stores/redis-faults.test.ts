import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterEach, describe, expect, it } from 'vitest'
import type { RedisClient } from '../../packages/orbit/src/stores/redis.ts'
import { type RedisStoreOptions, redisStore } from '../../packages/orbit/src/stores/redis.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { aSession, eventually, failureOf, newRecord, newText } from './redis-setting.ts'

const timeoutMs = 300
const ends: Array<() => Promise<unknown>> = []

/** Clients of the app. */
const clients: Array<[string, (url: string) => RedisClient]> = [
  [
    'redis',
    (url) => {
      const client = createClient({ url })
      ends.push(async () => client.destroy())
      return client
    },
  ],
  [
    'ioredis',
    (url) => {
      const client = new Redis(url)
      ends.push(async () => client.disconnect())
      return client
    },
  ],
]

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function aServer(...args: string[]): Promise<RedisServer> {
  const server = await startRedis(args)
  ends.push(() => server.stop())
  return server
}

function aStore(options: RedisStoreOptions & { warn?: (message: string) => void }) {
  const store = redisStore({ timeoutMs, warn: () => {}, ...options })
  ends.push(async () => store.close())
  return store
}

async function duration(call: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await call()
  return performance.now() - began
}

describe('A Redis that hangs', () => {
  it('makes each call wait for the time limit only, and works once it responds again', async () => {
    const server = await aServer()
    const store = aStore({ url: server.url })
    const { key, record } = await aSession(store)
    server.pause()
    const load = () => failureOf(Promise.resolve(store.load(key)))
    for (const _ of [1, 2]) {
      const waited = await duration(load)
      expect(waited).toBeGreaterThan(timeoutMs - 20)
      expect(waited).toBeLessThan(timeoutMs + 500)
    }
    expect(await load()).toBe(`Redis is unavailable: it did not respond within ${timeoutMs} ms.`)
    server.continue()
    expect(await eventually(async () => store.load(key), 2_000)).toEqual(record)
  })

  it("makes a call with the app's client wait for the same time, and works again too", async () => {
    const server = await aServer()
    const client = createClient({ url: server.url })
    ends.push(async () => client.destroy())
    const store = aStore({ client })
    const { key, record } = await aSession(store)
    server.pause()
    expect(await duration(() => failureOf(Promise.resolve(store.load(key))))).toBeLessThan(
      timeoutMs + 500,
    )
    server.continue()
    expect(await eventually(async () => store.load(key), 2_000)).toEqual(record)
  })
})

describe('A server that disappears silently', () => {
  /** A proxy whose connections can be made to lead nowhere, while new ones lead to a server. */
  async function aSwitch(first: RedisServer) {
    let target = first
    const held = new Set<{ isDead: boolean }>()
    const server = createServer((socket) => {
      const state = { isDead: false }
      held.add(state)
      const beyond = connect(target.port, '127.0.0.1')
      for (const one of [socket, beyond]) one.on('error', () => {})
      socket.on('data', (data) => state.isDead || beyond.write(data))
      beyond.on('data', (data) => state.isDead || socket.write(data))
      socket.on('close', () => beyond.destroy())
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    ends.push(async () => server.close())
    const address = server.address()
    if (typeof address !== 'object' || !address) throw new Error('It has no port.')
    return {
      url: `redis://127.0.0.1:${address.port}`,
      vanish() {
        for (const state of held) state.isDead = true
      },
      leadTo(next: RedisServer) {
        target = next
      },
    }
  }

  it('is replaced with a new connection within seconds', async () => {
    const way = await aSwitch(await aServer())
    const store = aStore({ url: way.url })
    const { key, record } = await aSession(store)
    way.vanish()
    expect(await eventually(async () => store.load(key), 4_000)).toEqual(record)
  })

  it.each(clients)("is replaced with a new connection by the app's client: %s", async (_, open) => {
    const way = await aSwitch(await aServer())
    const store = aStore({ client: open(way.url) })
    const { key, record } = await aSession(store)
    way.vanish()
    expect(await eventually(async () => store.load(key), 10_000)).toEqual(record)
  })

  it.each([
    ['redis.url', async (url: string) => ({ url })] as const,
    ...clients.map(
      ([name, open]) => [name, async (url: string) => ({ client: open(url) })] as const,
    ),
  ])(
    'that became a replica is replaced with the new master at its address within two seconds: %s',
    async (_, optionsFor) => {
      const [old, next] = [await aServer(), await aServer()]
      const way = await aSwitch(old)
      const store = aStore(await optionsFor(way.url))
      await aSession(store)
      way.leadTo(next)
      await (await old.look()).replicaOf('127.0.0.1', next.port)
      expect(await failureOf(aSession(store))).toContain('READONLY')
      await eventually(() => aSession(store), 2_000)
    },
  )
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
    expect(await load()).toContain('Redis is unavailable')
    await server.restart()
    expect(await eventually(async () => store.load(key), 3_000)).toEqual(record)
  })

  it('starts without sessions after a restart without data, and the script is sent again', async () => {
    const server = await aServer()
    const store = aStore({ url: server.url })
    const { key } = await aSession(store)
    await server.kill()
    await server.restart()
    expect(await eventually(async () => store.load(key), 3_000)).toBeUndefined()
    await aSession(store)
  })

  it('does not prevent the boot, and works once it is up', async () => {
    const server = await aServer()
    await server.kill()
    const warnings: string[] = []
    const store = aStore({ url: server.url, warn: (message) => warnings.push(message) })
    await store.ready()
    expect(warnings.join()).toContain('ECONNREFUSED')
    await server.restart()
    await eventually(async () => store.load(newText()), 3_000)
  })

  it('does not end the process of an app that listens to no error', async () => {
    const server = await aServer()
    const client = createClient({ url: server.url })
    ends.push(async () => client.destroy())
    const store = aStore({ client })
    await aSession(store)
    await server.kill()
    await failureOf(Promise.resolve(store.load(newText())))
    expect(await failureOf(Promise.resolve(store.load(newText())))).toContain(
      'Redis is unavailable',
    )
    await server.restart()
    await eventually(() => aSession(store), 3_000)
  })
})

describe('A server that accepts connections and closes them', () => {
  /** Like a Redis that has reached its `maxclients`, or a proxy without a server behind it. */
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

  it('gets at most twenty connections a second, and works once it serves', async () => {
    const { port, connections, server } = await aClosingServer()
    const store = aStore({ url: `redis://127.0.0.1:${port}` })
    await store.ready()
    const load = () => failureOf(Promise.resolve(store.load(newText())))
    await load()
    const before = connections()
    const began = performance.now()
    // The server measures this with its clock, so it takes a second.
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

  /** A proxy that closes the connection when it sees one of these commands. */
  async function aRefusingProxy(redis: RedisServer, commands: RegExp) {
    const refused: string[] = []
    const proxy = createServer((socket) => {
      const beyond = connect(redis.port, '127.0.0.1')
      for (const one of [socket, beyond]) one.on('error', () => {})
      socket.on('close', () => beyond.destroy())
      beyond.pipe(socket)
      socket.on('data', (data) => {
        const [command] = commands.exec(data.toString('latin1')) ?? []
        if (command === undefined) return beyond.write(data)
        refused.push(command)
        return socket.destroy()
      })
    }).listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    ends.push(async () => proxy.close())
    const address = proxy.address()
    const port = typeof address === 'object' ? address?.port : undefined
    return { url: `redis://127.0.0.1:${port}`, refused }
  }

  it('because of an optional command: the store works without it', async () => {
    const optional = /\b(?:SCRIPT|CONFIG|CLIENT|HELLO|INFO|PING|COMMAND)\b/
    const { url, refused } = await aRefusingProxy(await aServer(), optional)
    const warnings: string[] = []
    const store = aStore({ url, warn: (message) => warnings.push(message) })
    await store.ready()
    expect(warnings).toEqual([])
    const { key, record } = await eventually(() => aSession(store), 2_000)
    expect(await store.load(key)).toEqual(record)
    expect(refused).toEqual(['CONFIG'])
  })

  it("because of EVALSHA: the store sends the script's source from then on", async () => {
    const { url, refused } = await aRefusingProxy(await aServer(), /\bEVALSHA\b/)
    const store = aStore({ url })
    await store.ready()
    const { key, record } = await eventually(() => aSession(store), 2_000)
    for (let count = 0; count < 5; count += 1) await aSession(store)
    expect(await store.load(key)).toEqual(record)
    expect(refused).toEqual(['EVALSHA'])
  })

  it('gets no more connections when the store is closed', async () => {
    const { port, connections } = await aClosingServer()
    const store = aStore({ url: `redis://127.0.0.1:${port}` })
    await store.ready()
    await store.close()
    // One command may be in flight.
    await new Promise((resolve) => setTimeout(resolve, 50))
    const before = connections()
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(connections()).toBe(before)
  })
})

describe('A Redis that accepts no writes', () => {
  it('because it is a replica: reads work, the error of a write says why, and writes work once it is the master', async () => {
    const [master, replica] = [await aServer(), await aServer()]
    const store = aStore({ url: replica.url })
    const looker = await replica.look()
    await looker.replicaOf('127.0.0.1', master.port)
    const onMaster = aStore({ url: master.url })
    const { key, record } = await aSession(onMaster)
    const next = { ...record, version: newText(), payload: '1:next' }
    await expect.poll(() => store.load(key), { timeout: 15_000 }).toEqual(record)
    const write = async () => store.compareAndSet(key, record.version, next)
    // Each command may replace the connection, but no read fails because of that.
    for (let round = 0; round < 20; round += 1) {
      const reads = Array.from({ length: 10 }, async () => store.load(key))
      expect(await failureOf(write())).toContain('READONLY')
      expect(await Promise.all(reads)).toEqual(reads.map(() => record))
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    await looker.sendCommand(['REPLICAOF', 'NO', 'ONE'])
    expect(await write()).toBe(true)
  })

  it('because it is out of memory: the error of a write says so, reads and removals work', async () => {
    const server = await aServer('--maxmemory-policy', 'noeviction')
    const store = aStore({ url: server.url })
    const { key, record } = await aSession(store)
    const { key: other, record: second } = await aSession(store)
    const looker = await server.look()
    // Like after a restart, when the script must be sent too.
    await looker.scriptFlush()
    await looker.configSet('maxmemory', '1')
    const full = { code: 'session-store-full', message: expect.stringContaining('OOM') }
    const put = async () => store.compareAndSet(newText(), undefined, newRecord())
    await expect(store.compareAndSet(key, record.version, newRecord())).rejects.toMatchObject(full)
    await expect(put()).rejects.toMatchObject(full)
    expect(await store.load(key)).toEqual(record)
    expect(await store.compareAndSet(key, record.version, undefined)).toBe(true)
    await looker.scriptFlush()
    expect(await store.compareAndSet(other, second.version, undefined)).toBe(true)
    expect(await store.load(key)).toBeUndefined()
    await looker.configSet('maxmemory', '0')
    expect(await put()).toBe(true)
  })
})

describe('A Redis with users', () => {
  const password = 'p:ss/w%rd?'

  it('accepts the user in the address', async () => {
    const acl = `on >${password} ~orbit:* +@all`
    const server = await aServer('--user', 'web', ...acl.split(' '))
    const user = `web:${encodeURIComponent(password)}`
    const store = aStore({ url: `redis://${user}@127.0.0.1:${server.port}` })
    const { key, record } = await aSession(store)
    expect(await store.load(key)).toEqual(record)
  })

  it('refuses a wrong password: the error does not show it, and the app recovers without a restart', async () => {
    const server = await aServer('--requirepass', 'another')
    const warnings: string[] = []
    const url = `redis://:${encodeURIComponent(password)}@127.0.0.1:${server.port}`
    const store = aStore({ url, warn: (message) => warnings.push(message) })
    await store.ready()
    expect(warnings.join()).toContain('WRONGPASS')
    const message = await failureOf(Promise.resolve(store.load(newText())))
    expect(message).toContain('WRONGPASS')
    expect(message).toContain('Check redis.url (or REDIS_URL)')
    expect(message).not.toContain('..')
    for (const secret of [password, encodeURIComponent(password)]) {
      expect(message + warnings.join()).not.toContain(secret)
    }
    const looker = await server.look({ password: 'another' })
    await looker.configSet('requirepass', password)
    await eventually(() => aSession(store), 3_000)
  })

  it('refuses a missing password, and the error says so', async () => {
    const server = await aServer('--requirepass', password)
    const store = aStore({ url: server.url })
    expect(await failureOf(Promise.resolve(store.load(newText())))).toContain('NOAUTH')
  })
})

describe('A Redis that may evict records', () => {
  async function warningsOf(
    args: string[],
    optionsFor: (url: string) => RedisStoreOptions = (url) => ({ url }),
  ): Promise<string> {
    const server = await aServer(...args)
    const warnings: string[] = []
    const warn = (message: string) => warnings.push(message)
    await aStore({ ...optionsFor(server.url), warn }).ready()
    return warnings.join('\n')
  }

  it('causes a warning at boot', async () => {
    const evicting = ['--maxmemory-policy', 'allkeys-lru']
    expect(await warningsOf(evicting)).toContain('allkeys-lru')
    for (const [, open] of clients) {
      expect(await warningsOf(evicting, (url) => ({ client: open(url) }))).toContain('allkeys-lru')
    }
    expect(await warningsOf(['--maxmemory-policy', 'noeviction'])).toBe('')
  })

  it('causes no warning if the user may not read its configuration', async () => {
    const forbidden = ['--rename-command', 'CONFIG', '']
    expect(await warningsOf(['--maxmemory-policy', 'allkeys-lru', ...forbidden])).toBe('')
  })
})
