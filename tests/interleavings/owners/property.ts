import type { Engine } from '../../../packages/orbit/src/session/engine.ts'
import type { Actor, Deed, OwnerCase } from './case.ts'
import type { Modules } from './modules.ts'
import { ada, type Cookie, cookieOf, grace, liveIn, OwnerWorld } from './world.ts'

/** The action of one process, and its outcome. */
interface Done {
  readonly deed: Deed
  readonly beganAt: number
  endedAt: number
  hasCrashed: boolean
  /** The code of a refusal. */
  refusal?: string
  /** A session for which it got a cookie. */
  cookie?: Cookie | undefined
  /** The content of a list. */
  names?: readonly string[]
}

/** A session of the owner at the start. */
interface Initial {
  readonly cookie: Cookie
  readonly name: string
}

/** Runs a case, and throws an error with the rule that it broke. */
export async function ownersHold(modules: Modules, one: OwnerCase): Promise<void> {
  const world = new OwnerWorld(modules, one.picks, one.limit)
  const quiet = world.engine()
  const initial: Initial[] = []
  for (let count = 0; count < one.sessions; count += 1) {
    world.time += 1_000
    const cookie = await world.signIn(quiet, ada)
    const found = cookie && liveIn(await world.find(quiet, cookie))
    if (cookie && found?.record.name) initial.push({ cookie, name: found.record.name })
  }
  // Their redirects and moved records have expired.
  world.time += 60_000
  const guest = await guestOf(world, quiet)
  const other = await world.signIn(quiet, grace)
  world.time += 60_000

  const done: Done[] = []
  let clock = 0
  const jobs = one.actors.map((actor) => async () => {
    const record: Done = {
      deed: actor.deed,
      beganAt: clock,
      endedAt: Number.POSITIVE_INFINITY,
      hasCrashed: false,
    }
    done.push(record)
    await perform(world, actor, record, { initial, guest, other })
    record.endedAt = clock
  })
  await world.scheduler.run(jobs, (_, pick) => {
    clock += 1
    if (one.isSlow && pick > 8) world.time += 15_000
  })
  const problems = await judge(world, quiet, one, initial, done)
  if (problems.length > 0) throw new Error([...new Set(problems)].join('; '))
}

async function guestOf(world: OwnerWorld, engine: Engine): Promise<Cookie | undefined> {
  const state = await world.opened(engine, undefined)
  const change = { op: 'put', key: 'cart', value: 1 } as const
  return cookieOf((await world.commit(engine, state, { changes: [change] })).state)
}

async function perform(
  world: OwnerWorld,
  { deed, crash }: Actor,
  record: Done,
  start: {
    initial: readonly Initial[]
    guest: Cookie | undefined
    other: Cookie | undefined
  },
): Promise<void> {
  let crashed = () => {}
  const crashing = new Promise<void>((resolve) => {
    crashed = () => {
      record.hasCrashed = true
      resolve()
    }
  })
  const engine = world.engine(crash, crashed)
  const work = act(world, engine, deed, record, start).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error)) throw error
    record.refusal = String(error.code)
  })
  await Promise.race([work, crashing])
}

async function act(
  world: OwnerWorld,
  engine: Engine,
  deed: Deed,
  record: Done,
  { initial, guest, other }: Parameters<typeof perform>[3],
): Promise<void> {
  const owner = engine.owners.hashOf(ada)
  switch (deed.do) {
    case 'login': {
      const from = { new: undefined, guest, other }[deed.from]
      record.cookie = await world.signIn(engine, ada, from)
      return
    }
    case 'list':
      record.names = (await (await engine.index()).list(owner)).map(({ name }) => name)
      return
    case 'end-all':
      await (await engine.index()).end(owner, () => true)
      return
  }
  const held = initial[deed.session % initial.length]
  if (!held) return
  if (deed.do === 'end-others') {
    await (await engine.index()).end(owner, ({ name }) => name !== held.name)
    return
  }
  if (deed.do === 'end-one') {
    await (await engine.index()).end(owner, ({ name }) => name === held.name)
    return
  }
  const state = await world.opened(engine, held.cookie)
  const put = (value: string) => ({ op: 'put', key: 'userId', value }) as const
  const wish = {
    again: { changes: [put(ada)], regenerate: true },
    move: { regenerate: true },
    'sign-out': { invalidate: true },
    forget: { changes: [{ op: 'forget', key: 'userId' } as const] },
    switch: { changes: [put(grace)] },
  }[deed.do]
  record.cookie = cookieOf((await world.commit(engine, state, wish)).state)
}

/** Whether the action ran to its end and was not refused. */
function hasEnded({ endedAt, hasCrashed, refusal }: Done): boolean {
  return !hasCrashed && refusal === undefined && endedAt < Number.POSITIVE_INFINITY
}

async function judge(
  world: OwnerWorld,
  engine: Engine,
  one: OwnerCase,
  initial: readonly Initial[],
  done: readonly Done[],
): Promise<string[]> {
  const problems: string[] = []
  const owner = engine.owners.hashOf(ada)
  const isCapped = one.limit.most < 1_000
  const hasCrash = done.some(({ hasCrashed }) => hasCrashed)
  const listed = new Set((await (await engine.index()).list(owner)).map(({ name }) => name))
  const records = (await world.living(engine)).filter((record) => record.owner === owner)
  const names = records.map(({ name = 'without a name' }) => name)
  const liveOf = async (cookie: Cookie) => liveIn(await world.find(engine, cookie))

  // Every active session is in the list. A crash may leave a record whose id was sent to no browser.
  const cookies = [...initial, ...done].flatMap(({ cookie }) => cookie ?? [])
  const opened = await Promise.all(cookies.map(liveOf))
  const reachable = new Set(opened.map((live) => live?.record.name))
  for (const live of opened) {
    const { name = '', owner: whose } = live?.record ?? {}
    if (whose === owner && !listed.has(name)) problems.push('an active session is in no list')
  }
  if (!hasCrash) {
    if (names.some((name) => !listed.has(name))) problems.push('an active record is in no list')
    const isNobodys = (name: string) =>
      !reachable.has(name) && !initial.some((one) => one.name === name)
    if (names.some(isNobodys)) problems.push('there is an active record whose id no browser has')
  }
  if (new Set(names).size < names.length && !hasCrash) problems.push('two records have one name')
  if (isCapped && !hasCrash && names.length > one.limit.most) {
    problems.push('too many sessions are active')
  }

  const isMeantBy = ({ deed }: Done, index: number): boolean => {
    if (deed.do === 'end-all') return true
    const isIt = 'session' in deed && deed.session % initial.length === index
    if (deed.do === 'end-others') return !isIt
    // If the moved record of an old cookie has expired, a sign-out does not find the session.
    return isIt && (deed.do === 'end-one' || deed.do === 'sign-out')
  }

  for (const [index, { name }] of initial.entries()) {
    const ownDeeds = done.filter(
      ({ deed }) => 'session' in deed && deed.session % initial.length === index,
    )
    const lives = hasCrash ? reachable.has(name) : names.includes(name)
    for (const end of done) {
      if (!hasEnded(end) || !isMeantBy(end, index)) continue
      if (end.deed.do === 'sign-out' && one.isSlow) continue
      if (lives) problems.push('a session is still active after it was ended')
      // A session that loses its owner during endAll() is one of the ended sessions.
      for (const leaving of ownDeeds) {
        if (leaving.deed.do !== 'forget' || leaving.hasCrashed || one.isSlow) continue
        const isLate = end.deed.do !== 'sign-out' && leaving.endedAt > end.endedAt
        if (isLate && leaving.cookie && (await liveOf(leaving.cookie))) {
          problems.push('a session without an owner is still active after endAll()')
        }
      }
    }

    const leaves = ownDeeds.some(({ deed }) => deed.do === 'forget' || deed.do === 'switch')
    const isMeant = done.some((end) => isMeantBy(end, index))
    // A killed process may have moved a session to an id that no known cookie has.
    if (isMeant || isCapped || leaves || (hasCrash && one.isSlow)) continue
    if (!lives) problems.push('a session ended without a request to end it')
    for (const { names } of done) {
      if (names && !names.includes(name)) problems.push('a list lacks a session')
    }
  }

  // A completed sign-in did not happen before an end that started after it.
  for (const login of done) {
    if (!login.cookie || login.deed.do !== 'login' || login.hasCrashed) continue
    const isEnded = done.some(
      (end) =>
        (end.deed.do === 'end-all' || end.deed.do === 'end-others') &&
        hasEnded(end) &&
        end.beganAt > login.endedAt,
    )
    if (isEnded && (await liveOf(login.cookie)))
      problems.push('a session is still active after a later end')
  }

  // If every process ran to its end, nothing is left of ended sessions.
  if (!hasCrash) {
    const index = await world.store.load(`owner-${owner}`)
    const entries: unknown = index ? JSON.parse(index.payload.slice(3)) : []
    const count = Array.isArray(entries) ? entries.length : Number.NaN
    if (count !== names.length) {
      problems.push(`the index has ${count} entries for ${names.length} sessions`)
    }
  }
  return problems
}
