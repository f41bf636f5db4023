import type { Case, Request, Who } from './case.ts'
import type { Op, Report } from './perform.ts'
import type { StoredSession } from './stored.ts'
import { type Answer, type Cookies, type Orbit, World } from './world.ts'

/** The data of every session that existed before the overlapping requests. */
export const marker = 'first.'

/** Longer than a session may be idle, including the touch interval. */
const idleMs = 1_800_000
const intervalMs = 60_000
const longIdleMs = 1_900_000
/** Longer than the lifetime of a moved record, even if the clock goes back at each step. */
const afterGraceMs = 30_000

export interface Delivered extends Answer {
  readonly name: string
  readonly request: Request
  readonly beganAt: number
  readonly arrivedAt: number
}

/** What a cookie opens. */
interface View {
  readonly who: Who
  readonly cookie: string
  readonly data: NonNullable<Report['before']>
}

/** Everything that is known about a completed case, for the rules to check. */
export interface Run {
  readonly one: Case
  /** In the order in which they arrived. */
  readonly answers: readonly Delivered[]
  /** What every cookie that was ever set opens at the end. */
  readonly views: readonly View[]
  /** The browser's cookie at the start and at the end. */
  readonly first: string | undefined
  readonly last: string | undefined
  readonly records: readonly StoredSession[]
  readonly writes: World['writes']
  /** When all sessions expired in the middle of the case, if they did. */
  readonly expiredAt: number | undefined
  /** Whether the session is active just before its idle timeout, and expired after it. */
  readonly idle: { readonly isAliveBefore: boolean; readonly isAliveAfter: boolean } | undefined
  /** The responses to a browser that loads a page and then signs in. */
  readonly signIn: { readonly page: number; readonly status: number; readonly isSignedIn: boolean }
}

export async function play(orbit: Orbit, one: Case): Promise<Run> {
  const work = one.pace === 'busy' ? 40_000 : 1
  const world = new World(orbit, { picks: one.picks, grace: one.grace, work, faults: one.faults })
  const issued = new Map<string, Who>()
  const jars = await begin(world, one, issued)
  const start = { ...jars }
  const answers: Delivered[] = []
  let expiredAt: number | undefined
  world.writes.length = 0

  await world.scheduler.run(
    one.requests.map((request, index) => async () => {
      const name = `r${index}`
      const { who } = request
      const beganAt = world.time
      const answer = await world.request(name, { ...request, cookies: start[who] })
      answers.push({ ...answer, name, request, beganAt, arrivedAt: world.time })
      const { session } = answer.cookies
      if (session !== undefined) issued.set(session, who)
      if (!request.isLost) jars[who] = { ...jars[who], ...answer.cookies }
    }),
    (step, pick) => {
      if (step === one.expiresAt) {
        world.time += longIdleMs
        expiredAt = world.time
      }
      world.time += tickOf(one, pick)
    },
  )

  const records = await world.records()
  const views: View[] = []
  for (const [cookie, who] of issued) {
    const data = await readAs(world, { session: cookie })
    if (data) views.push({ who, cookie, data })
  }
  const idle = one.pace === 'busy' ? await idleOf(world, jars.browser, answers) : undefined
  const signIn = await signInAgain(world, jars.browser)
  const writes = [...world.writes]
  await world.store.close()
  const [first, last] = [start.browser.session, jars.browser.session]
  return { one, answers, views, first, last, records, writes, expiredAt, idle, signIn }
}

function tickOf({ pace }: Case, pick: number): number {
  if (pace === 'slow') return 4_000
  if (pace === 'jumpy' && pick % 4 === 0) return -400
  if (pace === 'jumpy' && pick % 4 === 1) return 400
  return 1
}

/** The cookies of all browsers when the overlapping requests start. */
async function begin(
  world: World,
  { start, isSettled, hasLoaded }: Case,
  issued: Map<string, Who>,
): Promise<Record<Who, Cookies>> {
  let browser: Cookies = {}
  const ask = async (name: string, ...ops: readonly Op[]) => {
    const { cookies } = await world.request(name, { ops, cookies: browser })
    browser = { ...browser, ...cookies }
    if (cookies.session !== undefined) issued.set(cookies.session, 'browser')
  }
  await ask('arrives', { do: 'read' })
  const visitor = browser
  if (start !== 'visitor') {
    await ask('first', { do: 'put', key: 'base' }, { do: 'put', key: 'ticket' })
  }
  const stored = browser
  if (start !== 'visitor' && start !== 'guest') {
    await ask('login', { do: 'login', owner: 'A', renew: false })
  }
  const thief = browser
  if (start === 'expired') world.time += longIdleMs
  if (start === 'ended') {
    await world.request('elsewhere', { ops: [{ do: 'invalidate' }], cookies: browser })
  }
  world.time += isSettled ? 60_000 : 1
  const jars: Record<Who, Cookies> = {
    browser,
    thief,
    'old-visitor': visitor,
    'old-stored': stored,
  }
  if (!hasLoaded || (start !== 'expired' && start !== 'ended')) return jars
  for (const who of ['browser', 'thief'] as const) jars[who] = await load(world, jars[who])
  return jars
}

/** Loads a page, and keeps the cookies. */
async function load(world: World, cookies: Cookies): Promise<Cookies> {
  const answer = await world.request('page', { ops: [{ do: 'read' }], cookies })
  return { ...cookies, ...answer.cookies }
}

/** Reads without counting as activity. */
async function readAs(world: World, cookies: Cookies): Promise<Report['before']> {
  const { report } = await world.request('probe', { ops: [{ do: 'read' }], cookies, isPoll: true })
  return report.before
}

async function idleOf(
  world: World,
  cookies: Cookies,
  answers: readonly Delivered[],
): Promise<Run['idle']> {
  const counting = answers.filter(({ request, status }) => !request.isPoll && status === 200)
  if (counting.length === 0) return undefined
  const isAlive = async (time: number) => {
    world.time = Math.max(world.time, time)
    return (await readAs(world, cookies))?.userId !== undefined
  }
  const isAliveBefore = await isAlive(Math.max(...counting.map((one) => one.beganAt)) + idleMs - 1)
  const lastOne = Math.max(...counting.map((one) => one.arrivedAt))
  return { isAliveBefore, isAliveAfter: await isAlive(lastOne + idleMs + intervalMs) }
}

/** After all moves have settled, the browser loads a page and signs in. */
async function signInAgain(world: World, before: Cookies): Promise<Run['signIn']> {
  world.time += afterGraceMs
  const page = await world.request('page', { ops: [{ do: 'read' }], cookies: before })
  const ops = [{ do: 'login', owner: 'A', renew: false }] as const
  const cookies = { ...before, ...page.cookies }
  const { status, report, cookies: set } = await world.request('again', { ops, cookies })
  const isSignedIn = report.before?.userId === 'A' || set.session !== undefined
  return { page: page.status, status, isSignedIn }
}
