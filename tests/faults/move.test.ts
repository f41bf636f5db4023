import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fileStore } from '../../packages/orbit/src/stores/file.ts'
import { redisStore } from '../../packages/orbit/src/stores/redis.ts'
import { isComplete } from '../extent.ts'
import { outsideEnv } from '../guide/processes.ts'
import { startRedis } from '../servers/redis.ts'
import { type App, type AppOptions, startApp } from './apps.ts'
import { Browser } from './browser.ts'
import type { View } from './view.ts'

const file = fileURLToPath(new URL('./move.mjs', import.meta.url))

/** The number of sessions that are not used during the move, and the number that are used all the time. */
const [idle, busy] = isComplete ? [1_500, 48] : [40, 8]
/** The pause of a user between two requests, in milliseconds. */
const thinking = isComplete ? 2 : 25
/** The process is killed after this number of moved records. */
const kills = isComplete ? [1, 2, 5, 20, 60, 150, 300] : [5, 20]

type At = { readonly redis: string; readonly file: string }

/** A browser of a signed-in user, and what the app has confirmed to it. */
interface Person {
  readonly user: string
  readonly browser: Browser
  /** The marks that the app has confirmed. */
  readonly added: string[]
  /** The marks that may have been added. On a busy machine, a call that takes too long fails with 503. */
  readonly unsure: string[]
  /** `ending` until the app has confirmed the end. After that, the session must stay ended. */
  status: 'in' | 'ending' | 'out'
}

describe('a move from files to Redis under load that is killed with -9 repeatedly', () => {
  it(
    `signs nobody out, loses no write and restores no ended session (${idle + busy} sessions, ${kills.length} kills)`,
    async () => {
      const at = await places()
      const apps = new Apps(at)
      await apps.roll('file')
      const people = await signIn(apps, idle + busy)
      const busyOnes = people.slice(0, busy)
      const load = new Load(apps, busyOnes)

      // The order of the recipe: first both stores in every process, then the new one first, then the move.
      await apps.roll('file, then redis')
      people.push(...(await signIn(apps, 4)))
      await apps.roll('redis, from file')
      people.push(...(await signIn(apps, 4)))
      for (const after of kills) await move(at, after)
      const result = await move(at)
      await load.served(2 * busy)
      await load.stop()

      expect(result).toMatchObject({ skipped: 0, isComplete: true })
      expect(load.problems).toEqual([])
      expect(await keysIn(at)).toEqual([])
      await apps.roll('redis')
      const problems: string[] = []
      for (const person of people) problems.push(...(await problemsOf(apps, person)))
      expect(problems).toEqual([])
      const unsure = people.flatMap((person) => person.unsure).length
      const writes = people.reduce((sum, { added }) => sum + added.length, 0)
      const ended = people.filter(({ status }) => status === 'out').length
      expect(writes).toBeGreaterThan(busy)
      expect(ended).toBeGreaterThan(0)
      console.info(
        `${people.length} sessions moved, ${kills.length} kills, ${writes} writes, ${unsure} responses of 503, ${ended} ended`,
      )
    },
    isComplete ? 600_000 : 60_000,
  )
})

/** A folder and a server, which are removed when the test ends. */
async function places(): Promise<At> {
  const folder = await mkdtemp(join(tmpdir(), 'gravito-move-'))
  const redis = await startRedis()
  onTestFinished(async () => {
    await redis.stop()
    await rm(folder, { recursive: true, force: true })
  })
  return { redis: redis.url, file: folder }
}

/** Two processes of the app. */
class Apps {
  readonly #at: At
  #apps: App[] = []
  #next = 0

  constructor(at: At) {
    this.#at = at
    onTestFinished(async () => {
      for (const app of this.#apps) await app.kill()
    })
  }

  /** Starts new processes, which replace the old ones one by one. */
  async roll(driver: AppOptions['driver']): Promise<void> {
    const { redis, file } = this.#at
    const at = { redis, file, cache: redis, sqlite: file }
    const where = driver === 'file' || driver === 'redis' ? at[driver] : this.#at
    const started = await Promise.all([0, 1].map(() => startApp({ driver, at: where })))
    for (const [index, app] of started.entries()) {
      const old = this.#apps[index]
      this.#apps[index] = app
      // Requests in flight must complete first. A deployment also waits for them.
      await Promise.all(this.#underWay)
      await old?.kill()
    }
  }

  readonly #underWay = new Set<Promise<unknown>>()

  /** Sends requests to the two processes in turn. */
  async ask<Result>(work: (origin: string | undefined) => Promise<Result>): Promise<Result> {
    this.#next += 1
    const asked = work(this.#apps[this.#next % this.#apps.length]?.origin)
    const settled = asked.catch(() => {})
    this.#underWay.add(settled)
    try {
      return await asked
    } finally {
      this.#underWay.delete(settled)
    }
  }
}

let signedIn = 0

/** Signs users in. Every user has two sessions. */
async function signIn(apps: Apps, count: number): Promise<Person[]> {
  const people: Person[] = []
  for (let index = 0; index < count; index += 1) {
    const user = `user-${Math.floor(signedIn / 2)}`
    const person: Person = { user, browser: new Browser(), added: [], unsure: [], status: 'in' }
    signedIn += 1
    await apps.ask((origin) => person.browser.state(origin))
    const change = { kind: 'sign-in', user: person.user, mark: 'in' } as const
    const response = await apps.ask((origin) => person.browser.change(origin, change))
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
    people.push(person)
  }
  return people
}

/** Users who write, read, sign out and end all their sessions, until `stop` is called. */
class Load {
  readonly problems: string[] = []
  readonly #apps: Apps
  readonly #people: readonly Person[]
  readonly #working: Promise<void>[]
  readonly #waiting: (() => void)[] = []
  #isOver = false

  constructor(apps: Apps, people: readonly Person[]) {
    this.#apps = apps
    this.#people = people
    this.#working = people.map((person, index) => this.#use(person, index))
  }

  /** Resolves after this number of requests. */
  async served(count: number): Promise<void> {
    for (let left = count; left > 0; left -= 1) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#working)
  }

  async #use(person: Person, index: number): Promise<void> {
    for (let round = 1; !this.#isOver; round += 1) {
      try {
        // One user in eight signs out during the move, and one in eight ends both sessions.
        const isLast = round === 6 + index && person.status === 'in'
        if (isLast && index % 8 === 3) await this.#end([person], 'sign-out')
        else if (isLast && index % 8 === 4) await this.#end(this.#of(person.user), 'end-all')
        else if (round % 3 === 0 || person.status !== 'in') await this.#look(person)
        else await this.#write(person, `${index}-${round}`)
      } catch (error) {
        this.problems.push(`${person.user}: ${error}`)
      }
      for (const resolve of this.#waiting.splice(0)) resolve()
      await pause(thinking)
    }
  }

  #of(user: string): Person[] {
    return this.#people.filter((person) => person.user === user)
  }

  async #look(person: Person): Promise<void> {
    const { status } = person
    const copy = person.browser.copy()
    const response = await this.#apps.ask((origin) => copy.get(origin, '/state'))
    if (response.status === 503 || status === 'ending' || person.status !== status) return
    const { user } = (await response.json()) as View
    if (status === 'in' && user !== person.user) this.problems.push(`${person.user} was signed out`)
    if (status === 'out' && user !== null) this.problems.push(`${person.user} is back`)
  }

  async #write(person: Person, mark: string): Promise<void> {
    const change = { kind: 'add', mark } as const
    const response = await this.#apps.ask((origin) => person.browser.askFor(origin, change))
    if (response.ok) person.added.push(mark)
    else if (response.status === 503) person.unsure.push(mark)
    // The other session of the user may have ended this one.
    else if (person.status === 'in') {
      this.problems.push(`${person.user}: ${response.status} ${await response.text()}`)
    }
  }

  /** Ends these sessions with a request that has the cookies of the first one. */
  async #end(people: readonly Person[], kind: 'sign-out' | 'end-all'): Promise<void> {
    for (const person of people) person.status = 'ending'
    const { browser } = people[0] ?? { browser: new Browser() }
    for (let failures = 0; ; failures += 1) {
      const response = await this.#apps.ask((origin) => browser.askFor(origin, { kind }))
      if (response.status === 503) continue
      // After a failed request, the session of these cookies may have ended already.
      if (!response.ok && failures === 0)
        this.problems.push(`${kind}: ${response.status} ${await response.text()}`)
      for (const person of people) person.status = 'out'
      return
    }
  }
}

/** What is wrong with the session of a user after the move. */
async function problemsOf(apps: Apps, person: Person): Promise<string[]> {
  const { user, added, unsure, status } = person
  const state = await apps.ask((origin) => person.browser.state(origin))
  if (status === 'out') return state.user === null ? [] : [`${user} is back`]
  if (state.user !== user) return [`${user} was signed out`]
  const lost = added.filter((mark) => !state.added.includes(mark))
  const made = [...added, ...unsure]
  const isRight =
    lost.length === 0 &&
    state.sum === state.added.length &&
    state.added.every((mark) => made.includes(mark))
  return isRight ? [] : [`${user}: ${state.sum} of ${added.length} writes are there`]
}

/** Runs the move to its end, or kills it after this number of moved records. */
async function move(at: At, killAfter = Number.POSITIVE_INFINITY): Promise<unknown> {
  const child = spawn(process.execPath, [file, JSON.stringify(at)], {
    env: outsideEnv(),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  let last = ''
  for await (const line of createInterface(child.stdout)) {
    last = line
    if (Number(/^moved (\d+)$/.exec(line)?.[1]) >= killAfter) child.kill('SIGKILL')
  }
  const [code, signal] = await ended
  if (signal === 'SIGKILL') return undefined
  if (code !== 0) throw new Error(`The move ended with ${code}.`)
  return JSON.parse(last)
}

/** The keys that are still in the files, and the keys that are still moving in Redis. */
async function keysIn(at: At): Promise<string[]> {
  const [from, to] = [fileStore({ path: at.file }), redisStore({ url: at.redis })]
  const left: string[] = []
  for await (const key of from.keys()) left.push(key)
  for await (const key of to.keys()) {
    if ((await to.load(key))?.payload.startsWith('moving')) left.push(key)
  }
  await Promise.all([from.close(), to.close()])
  return left
}
