import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { startRedis } from '../servers/redis.ts'
import { startMariadb, startPostgres } from '../servers/sql.ts'
import { App, type Driver } from './apps.ts'
import { killApps, troubleServer } from './chaos.ts'
import { Person } from './person.ts'
import { Random } from './random.ts'
import { eventually, signedIn } from './setting.ts'
import { World } from './world.ts'

/** The duration of the faults for each store. */
const seconds = Number(process.env.FAULT_SECONDS ?? 8)
const seed = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000)
const people = 50
/** If a server loses all data, old ids are only known with a configured secret. */
const secret = 'a secret of the fault runs, long enough for HMAC'

/** Acknowledged data must be on disk when the server is killed. */
const durable = {
  redis: ['--appendonly', 'yes', '--appendfsync', 'always'],
  postgres: ['-c', 'fsync=on', '-c', 'synchronous_commit=on'],
  mariadb: ['--innodb-flush-log-at-trx-commit=1'],
}

const ends: Array<() => Promise<unknown>> = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function aPlace(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gravito-faults-'))
  ends.push(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'sessions')
}

async function twoApps(driver: Driver, at: string): Promise<[App, App]> {
  const hasServer = driver === 'redis' || driver === 'cache'
  const options = hasServer ? { secret } : {}
  const apps: [App, App] = [new App({ driver, at, options }), new App({ driver, at, options })]
  for (const app of apps) ends.push(() => app.kill())
  await Promise.all(apps.map((app) => app.start()))
  return apps
}

/** Runs fifty users until the time has passed and everything works again. */
async function liveThrough(world: World, random: Random, faults: Promise<unknown>[]) {
  const all = Array.from({ length: people }, (_, n) => new Person(`p${n}`, world, random.fork()))
  await Promise.all([...all.map((person) => person.live()), ...faults])
  // A process needs up to half a second to connect after it, or its server, has started.
  await Promise.all(world.apps.map((app) => eventually(() => signedIn(app))))
  await Promise.all(all.map((person) => person.end()))
  const conflicts = world.apps.reduce((sum, app) => sum + app.conflicts, 0)
  const crashes = world.apps.reduce((sum, app) => sum + app.crashes, 0)
  return { ...world.counts, conflicts, crashes, losses: world.losses }
}

function report(driver: Driver, world: World, counts: object): void {
  const figures = Object.entries({ ...counts, violations: world.violations.length })
  console.log(
    `${driver}, ${seconds} s, seed ${seed}: ${figures.map(([what, count]) => `${count} ${what}`).join(', ')}`,
  )
  for (const violation of world.violations.slice(0, 10)) console.error(violation)
}

/** Checks that enough happened for a meaningful run: at least this number of writes per second. */
function expectHarmless(
  world: World,
  counts: Awaited<ReturnType<typeof liveThrough>>,
  perSecond = 50,
): void {
  expect(world.violations.length).toBe(0)
  expect(counts.crashes).toBe(0)
  expect(counts.acknowledged).toBeGreaterThan(perSecond * seconds)
  expect(counts['apps killed']).toBeGreaterThan(0)
  expect(counts['ended ids tried']).toBeGreaterThan(0)
}

const timeout = (seconds + 60) * 1000

describe('Fifty users on two processes that are killed again and again', () => {
  for (const driver of ['redis', 'cache'] as const) {
    it(`lose nothing that was acknowledged: ${driver}, whose server is paused and killed too`, {
      timeout,
    }, async () => {
      const random = new Random(seed)
      const server = await startRedis(durable.redis)
      ends.push(() => server.stop())
      const world = new World(await twoApps(driver, server.url), seconds)
      const forget = () => rm(join(server.folder, 'appendonlydir'), { recursive: true })
      const troubles = [
        killApps(world, random.fork()),
        troubleServer(server, world, random.fork(), forget),
      ]
      const counts = await liveThrough(world, random, troubles)
      const looker = await server.look()
      const keys = (await looker.keys('*')).filter((key) => !/secret\}?$/.test(key))
      const lives = await Promise.all(keys.map((key) => looker.pTTL(key)))
      report(driver, world, { ...counts, keys: keys.length })
      expectHarmless(world, counts)
      // -1: the key never expires. -2: a moved record has expired since the keys were listed.
      expect(keys.filter((_, place) => Number(lives[place]) === -1)).toEqual([])
      expect(keys.length).toBeGreaterThanOrEqual(people)
      expect(counts['servers killed'] + counts['servers paused']).toBeGreaterThan(0)
    })
  }

  for (const driver of ['postgres', 'mariadb'] as const) {
    it(`lose nothing that was acknowledged: ${driver}, whose server is paused and killed too`, {
      timeout: timeout + 30_000,
    }, async () => {
      const random = new Random(seed)
      const start = driver === 'postgres' ? startPostgres : startMariadb
      const server = await start(durable[driver])
      ends.push(() => server.stop())
      const world = new World(await twoApps(driver, server.url), Math.max(seconds, 30))
      const troubles = [killApps(world, random.fork()), troubleServer(server, world, random.fork())]
      const counts = await liveThrough(world, random, troubles)
      report(driver, world, counts)
      // Each write waits for the disk, and after a kill the server first reads its log, so recovery may take
      // half a minute.
      expectHarmless(world, counts, 10)
      expect(counts['servers killed'] + counts['servers paused']).toBeGreaterThan(0)
    })
  }

  for (const driver of ['file', 'sqlite'] as const) {
    it(`lose nothing that was acknowledged: ${driver}`, { timeout }, async () => {
      const random = new Random(seed)
      const world = new World(await twoApps(driver, await aPlace()), seconds)
      const counts = await liveThrough(world, random, [killApps(world, random.fork())])
      report(driver, world, counts)
      expectHarmless(world, counts)
    })
  }
})
