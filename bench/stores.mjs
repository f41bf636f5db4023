// `npm run bench:stores`: measures the microseconds of a whole request through `session()` on each driver, and the
// number of commands that the request sends to Redis. The requests run one after the other, without a network in
// front of the app. The figures depend on the machine and its load, so compare only figures of the same run.
// `BASE=/path/to/another/checkout` also measures the build of that checkout. The rounds alternate
// between both builds, and the ratio is the median of the ratios of the rounds.

import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from 'redis'
import { appWithoutSessions, drivers, loadBuild } from './builds.mjs'
import { countCommands, findRedis } from './redis-server.mjs'
import { stopSqlServers } from './sql-servers.mjs'

const rounds = Number(process.env.ROUNDS ?? 5)
const requests = Number(process.env.REQUESTS ?? 300)
const chosen = process.env.DRIVERS?.split(',')
const base = process.env.BASE
/** The default of `maxSessionsPerOwner`. */
const sessionsOfOne = Number(process.env.SESSIONS ?? 1_000)

const columns = ['read', 'write', 'write p99', 'sign-in', 'sign-out', 'end all']
const runtime = globalThis.Bun ? `Bun ${Bun.version}` : `Node ${process.versions.node}`
const [{ model }, ...others] = cpus()
const folder = await mkdtemp(join(tmpdir(), 'gravito-bench-'))
const redis = await findRedis(folder)
const prefixes = { this: `bench-${randomUUID()}`, base: `bench-${randomUUID()}` }

try {
  const load = (name, root) =>
    loadBuild(root, { folder: join(folder, name), prefix: prefixes[name], url: redis?.url })
  const builds = { this: await load('this', fileURLToPath(new URL('..', import.meta.url))) }
  if (base) builds.base = await load('base', resolve(base))

  console.log(
    `${runtime}, ${others.length + 1} × ${model}; ${rounds} rounds of ${requests} requests\n`,
  )
  print('', columns)
  await measureReferences()
  for (const driver of drivers) {
    if (chosen && !chosen.includes(driver.name)) continue
    await measureDriver(builds, driver).catch((error) => print(driver.name, [], error.message))
  }
  console.log(`
The figures are medians in microseconds, and the 99th percentile of a write. Each figure is a whole request
through session(). A session has 500 bytes of data.
read: a GET of a signed-in user.
sign-in: the sign-in of a visitor who has a cookie. The user has no other session.
end all: milliseconds to end the ${sessionsOfOne} sessions of one user.
commands: the commands that clients send to Redis for one request, counted with MONITOR.`)
} finally {
  await redis?.stop(Object.values(prefixes))
  await stopSqlServers()
  await rm(folder, { recursive: true, force: true })
}

/** Measures the framework without sessions, which is part of every figure, and one call of this Redis. */
async function measureReferences() {
  const app = appWithoutSessions()
  const nobody = Array.from({ length: requests }, () => ({ cookie: '' }))
  let read = []
  let write = []
  for (let round = 0; round <= rounds; round += 1) {
    read = await timeAll(app, 'GET', nobody, () => '/read')
    write = await timeAll(app, 'POST', nobody, () => '/write')
  }
  print('Hono alone', [share(0.5, read), share(0.5, write)].map(shown))
  if (!redis) return
  const client = await createClient({ url: redis.url }).connect()
  const key = `${prefixes.this}-get`
  await client.set(key, 'x'.repeat(700), { expiration: { type: 'EX', value: 600 } })
  const times = []
  for (let round = 0; round < 2 * requests; round += 1) {
    const began = performance.now()
    await client.get(key)
    times.push((performance.now() - began) * 1_000)
  }
  print('a GET of redis', [shown(share(0.5, times.slice(requests)))])
  await client.close()
}

async function measureDriver(builds, driver) {
  const { name, isOnRedis } = driver
  if (isOnRedis && !redis) throw new Error('left out: set REDIS_URL, or install redis-server')
  const apps = {}
  try {
    for (const [build, { openApp }] of Object.entries(builds)) apps[build] = await openApp(name)
    const results = await alternate(apps, driver)
    for (const [build, all] of Object.entries(results)) {
      print(build === 'this' ? name : `  ${build}`, summary(all).map(shown))
    }
    if (results.base) print('  this ÷ base', ratios(results).map(toTwoDigits))
    if (!isOnRedis) return
    for (const [build, app] of Object.entries(apps)) {
      print(build === 'this' ? '  commands' : `  commands, ${build}`, await commandsOf(app))
    }
  } finally {
    for (const { close } of Object.values(apps)) await close()
  }
}

/** Returns the rounds of each app. It drops the first round, in which the runtime still compiles the code. */
async function alternate(apps, { isSynced, isOnDisk }) {
  const results = Object.fromEntries(Object.keys(apps).map((build) => [build, []]))
  const count = isSynced ? Math.ceil(requests / 5) : requests
  for (let round = 0; round <= rounds; round += 1) {
    const order = Object.entries(apps)
    if (round % 2 === 1) order.reverse()
    // Ending all sessions needs a thousand sign-ins, which take seconds on a disk.
    const endsAll = isOnDisk ? round === 1 : round <= 3
    for (const [build, { app }] of order) {
      const result = await measureRound(app, count)
      result.endAll = endsAll ? [await measureEndAll(app)] : []
      if (round > 0) results[build].push(result)
    }
  }
  return results
}

async function measureRound(app, count) {
  const people = await visitors(app, count)
  const signIn = await timeAll(app, 'POST', people, () => `/sign-in/${randomUUID()}`)
  // The first request with a new cookie checks its signature. The process caches the result for the next ones.
  await timeAll(app, 'GET', people, () => '/read')
  const read = await timeAll(app, 'GET', people, () => '/read')
  const write = await timeAll(app, 'POST', people, () => '/write')
  const signOut = await timeAll(app, 'POST', people, () => '/sign-out')
  await ask(app, 'GET', '/read', people[0], 401)
  return { read, write, signIn, signOut }
}

/** Measures the milliseconds to end all sessions of a user who has many. */
async function measureEndAll(app) {
  const user = randomUUID()
  const devices = await visitors(app, sessionsOfOne)
  await timeAll(app, 'POST', devices, () => `/sign-in/${user}`)
  const time = await ask(app, 'POST', `/end-all/${user}`, { cookie: '' })
  for (const one of [0, sessionsOfOne - 1]) await ask(app, 'GET', '/read', devices[one], 401)
  return time / 1_000
}

/** Returns users with the cookie that a page with a form sets. */
async function visitors(app, count) {
  const people = Array.from({ length: count }, () => ({ cookie: '' }))
  for (const person of people) await ask(app, 'GET', '/login', person)
  return people
}

/** Returns the microseconds of one request of each user. */
async function timeAll(app, method, people, path) {
  const times = []
  for (const person of people) times.push(await ask(app, method, path(), person))
  return times
}

/** Returns the microseconds until the response. The session is stored before the response. */
async function ask(app, method, path, person, expected = 200) {
  const { cookie } = person
  const request = new Request(`http://localhost${path}`, { method, headers: { cookie } })
  const began = performance.now()
  const response = await app.fetch(request)
  const time = (performance.now() - began) * 1_000
  if (response.status !== expected)
    throw new Error(`${path} responded with ${response.status}, not ${expected}`)
  const line = response.headers.getSetCookie().find((one) => one.startsWith('session='))
  if (line) person.cookie = line.split(';')[0]
  return time
}

/** Returns the number of commands, in the order of the columns. */
async function commandsOf({ app, prefix }) {
  const [person] = await visitors(app, 1)
  const count = (method, path) => countCommands(redis, prefix, () => ask(app, method, path, person))
  const user = randomUUID()
  const signIn = await count('POST', `/sign-in/${user}`)
  const read = await count('GET', '/read')
  const write = await count('POST', '/write')
  const signOut = await count('POST', '/sign-out')
  const devices = await visitors(app, sessionsOfOne)
  await timeAll(app, 'POST', devices, () => `/sign-in/${user}`)
  const endAll = await count('POST', `/end-all/${user}`)
  return [read, write, '', signIn, signOut, endAll].map(String)
}

/** Returns the figures in the order of the columns. */
function summary(results) {
  const all = (verb) => results.flatMap((result) => result[verb])
  return [
    share(0.5, all('read')),
    share(0.5, all('write')),
    share(0.99, all('write')),
    share(0.5, all('signIn')),
    share(0.5, all('signOut')),
    share(0.5, all('endAll')),
  ]
}

/** Returns the median of the ratios of the rounds, for each column, because the load of the machine varies between rounds. */
function ratios(results) {
  const ofRounds = results.this.map((one, round) => {
    const [ours, theirs] = [summary([one]), summary([results.base[round]])]
    return ours.map((value, column) => value / theirs[column])
  })
  return columns.map((_, column) => {
    const measured = ofRounds.map((ratio) => ratio[column]).filter((ratio) => !Number.isNaN(ratio))
    return share(0.5, measured)
  })
}

function share(part, values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * part)]
}

function toTwoDigits(ratio) {
  return ratio.toFixed(2)
}

function shown(value) {
  return value < 10 ? value.toFixed(1) : value.toFixed(0)
}

function print(name, cells, note = '') {
  console.log(`${name.padEnd(18)}${cells.map((cell) => cell.padStart(11)).join('')}${note}`)
}
