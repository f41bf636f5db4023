// What each driver costs: microseconds per call of the store, one call after the other, and the
// commands that a request sends to Redis. Figures of one machine; compare them with each other.
// ROUNDS sets the number of calls. Redis: REDIS_URL, else a `redis-server` of PATH is started.

import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheStore, memoryStore, session } from '@gravito/orbit'
import { createCache } from '@gravito/stasis'
import { Hono } from 'hono'
import { createClient } from 'redis'
import { fileStore } from '../packages/orbit/dist/stores/file.js'
import { redisStore } from '../packages/orbit/dist/stores/redis.js'
import { sqliteStore } from '../packages/orbit/dist/stores/sqlite.js'

const rounds = Number(process.env.ROUNDS ?? 3_000)
const hour = 3_600_000
const folder = await mkdtemp(join(tmpdir(), 'gravito-bench-'))
const redis = await findRedis()
const runtime = globalThis.Bun ? `Bun ${Bun.version}` : `Node ${process.versions.node}`
const [{ model }, ...others] = cpus()
console.log(`${runtime}, ${others.length + 1} × ${model}; ${rounds} calls each, 500 bytes of data`)
console.log()

const shared = { url: redis?.url, prefix: `bench-${randomUUID()}` }
const cacheOn = (options) => {
  const cache = createCache({ prefix: shared.prefix, stores: { one: options } })
  return { store: cacheStore(cache), end: () => cache.close() }
}
const drivers = {
  memory: () => ({ store: memoryStore() }),
  file: () => ({ store: fileStore({ path: join(folder, 'a') }) }),
  'file, fsync': () => ({ store: fileStore({ path: join(folder, 'b'), fsync: true }), slow: true }),
  sqlite: () => ({ store: sqliteStore({ path: join(folder, 'a.sqlite') }) }),
  'sqlite, fsync': () => ({ store: sqliteStore({ path: join(folder, 'b.sqlite'), fsync: true }) }),
  'cache in memory': () => cacheOn({ driver: 'memory' }),
  ...(redis && {
    redis: () => ({ store: redisStore(shared), remote: true }),
    'cache in redis': () => ({ ...cacheOn({ driver: 'redis', url: redis.url }), remote: true }),
  }),
}

row('', 'read', 'write', 'sign-in', 'write p99')
try {
  if (redis) await measureGet()
  for (const [name, open] of Object.entries(drivers)) {
    const { store, end, slow, remote } = open()
    try {
      await store.ready?.()
      row(name, ...(await measure(store, slow ? rounds / 5 : rounds)))
      if (remote) row('  its commands', ...(await commands(store)))
    } catch (error) {
      console.log(`${name.padEnd(18)}  ${error.message}`)
    }
    await store.close()
    await end?.()
  }
  console.log('\nMicroseconds; read: load; write: load and replace; sign-in: create with an owner.')
  if (redis) console.log('Commands: of a whole request through session(); sign-in: of a visitor.')
} finally {
  await redis?.stop(shared.prefix)
  await rm(folder, { recursive: true, force: true })
}

function row(name, ...cells) {
  console.log(name.padEnd(18) + cells.map((cell) => String(cell).padStart(11)).join(''))
}

/** The median of each verb, and the 99th percentile of a write. */
async function measure(store, count) {
  const keys = Array.from({ length: count }, () => randomUUID())
  const records = keys.map((owner) => ({ ...draw(), owner }))
  const signIn = await time(count, (round) => store.create(keys[round], records[round]))
  const read = await time(count, (round) => store.load(keys[round]))
  const write = await time(count, async (round) => {
    const { version, birth, owner } = await store.load(keys[round])
    await store.replace(keys[round], { ...draw(), birth, owner }, version)
  })
  for (const owner of keys) await store.destroyOwner(owner)
  return [at(0.5, read), at(0.5, write), at(0.5, signIn), at(0.99, write)]
}

async function time(count, verb) {
  const all = []
  for (let round = 0; round < count; round += 1) {
    const began = performance.now()
    await verb(round)
    all.push((performance.now() - began) * 1_000)
  }
  return all.sort((a, b) => a - b)
}

function at(share, sorted) {
  const value = sorted[Math.floor(sorted.length * share)]
  return value < 10 ? value.toFixed(1) : value.toFixed(0)
}

function draw() {
  const now = Date.now()
  const times = { createdAt: now, lastActivityAt: now, expiresAt: now + hour }
  return { version: randomUUID(), birth: randomUUID(), payload: 'x'.repeat(500), ...times }
}

/** A plain GET of as many bytes: what the way to this server costs whoever asks. */
async function measureGet() {
  const client = await createClient({ url: redis.url }).connect()
  await client.set(shared.prefix, 'x'.repeat(700), { expiration: { type: 'EX', value: 600 } })
  await time(rounds, () => client.get(shared.prefix))
  row('a GET of redis', at(0.5, await time(rounds, () => client.get(shared.prefix))))
  await client.close()
}

/** How many commands the server hears of a read, a write and a visitor's sign-in. */
async function commands(store) {
  const app = new Hono()
  app.use(session({ store, secret: randomUUID(), csrf: { enabled: false } }))
  app.get('/read', (c) => c.json(c.get('session').get('userId', null)))
  app.post('/write', (c) => c.json(c.get('session').increment('clicks')))
  app.post('/sign-in', (c) => {
    c.get('session').put('userId', shared.prefix)
    return c.text('in')
  })
  let cookie = ''
  const ask = async (path, method) => {
    const answer = await app.request(`http://localhost${path}`, { method, headers: { cookie } })
    if (answer.status !== 200) throw new Error(`${path} was answered with ${answer.status}`)
    const line = answer.headers.getSetCookie().find((one) => one.startsWith('session='))
    if (line) cookie = line.split(';')[0]
  }
  await ask('/read', 'GET')
  const signIn = await heard(() => ask('/sign-in', 'POST'))
  const read = await heard(() => ask('/read', 'GET'))
  const write = await heard(() => ask('/write', 'POST'))
  return [read, write, signIn]
}

/** The commands that clients send to the server meanwhile, without those inside of scripts. */
async function heard(work) {
  const monitor = createClient({ url: redis.url })
  const marker = await createClient({ url: redis.url }).connect()
  await monitor.connect()
  const end = randomUUID()
  let count = 0
  await new Promise((resolve, reject) => {
    const hear = (line) => {
      if (line.includes(end)) resolve()
      else if (line.includes(shared.prefix) && !/ lua\] /.test(line)) count += 1
    }
    monitor
      .monitor(hear)
      .then(work)
      .then(() => marker.echo(end))
      .catch(reject)
  })
  monitor.destroy()
  await marker.close()
  return count
}

async function findRedis() {
  if (process.env.REDIS_URL) return { url: process.env.REDIS_URL, stop: forget }
  const port = await freePort()
  const where = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  const server = spawn(process.env.REDIS_SERVER ?? 'redis-server', where, { stdio: 'ignore' })
  const started = await new Promise((resolve) => {
    server.on('spawn', () => resolve(true)).on('error', () => resolve(false))
  })
  if (!started) return console.log('No REDIS_URL and no redis-server on PATH: without Redis.')
  const url = `redis://127.0.0.1:${port}`
  const first = createClient({ url })
  first.on('error', () => {}) // It tries again until the server listens.
  await first.connect()
  await first.close()
  return { url, stop: () => server.kill() }
}

/** What the measuring leaves on a server that stays. */
async function forget(prefix) {
  const client = await createClient({ url: process.env.REDIS_URL }).connect()
  for await (const keys of client.scanIterator({ MATCH: `${prefix}*`, COUNT: 1_000 })) {
    if (keys.length > 0) await client.unlink(keys)
  }
  await client.close()
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => probe.once('listening', resolve))
  const { port } = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return port
}
