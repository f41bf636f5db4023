import fc from 'fast-check'
import { type Answer, type Op, type Orbit, World } from './world.ts'

/** Whose request it is: the browser's, or one of an attacker who has an old cookie. */
type Who = 'browser' | 'old-visitor' | 'old-stored'

export interface Case {
  /** What the browser has before the overlapping requests begin. */
  readonly start: 'visitor' | 'guest' | 'user'
  /** Whether a minute has gone by since. */
  readonly settled: boolean
  readonly grace: 0 | 10
  /** Whether the requests take longer than a seal stands: then no cookie is promised, all else is. */
  readonly slow: boolean
  readonly requests: readonly { who: Who; ops: readonly Op[]; process: number }[]
  readonly picks: readonly number[]
}

const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('x', 'y', 'z').map((key) => ({ do: 'put', key }) as const),
  },
  { weight: 3, arbitrary: fc.constant({ do: 'increment' } as const) },
  { weight: 2, arbitrary: fc.constant({ do: 'push' } as const) },
  { weight: 1, arbitrary: fc.constant({ do: 'flash' } as const) },
  { weight: 2, arbitrary: fc.constant({ do: 'read' } as const) },
  { weight: 3, arbitrary: fc.constant({ do: 'regenerate' } as const) },
  { weight: 2, arbitrary: fc.constant({ do: 'invalidate' } as const) },
  {
    weight: 4,
    arbitrary: fc.constantFrom('A', 'B').map((owner) => ({ do: 'login', owner }) as const),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'forget-owner' } as const) },
  { weight: 1, arbitrary: fc.constant({ do: 'clear' } as const) },
  { weight: 2, arbitrary: fc.constant({ do: 'take' } as const) },
  { weight: 1, arbitrary: fc.constant({ do: 'attempt' } as const) },
  { weight: 1, arbitrary: fc.constant({ do: 'save' } as const) },
)

const request = fc.record({
  who: fc.oneof(
    { weight: 6, arbitrary: fc.constant<Who>('browser') },
    { weight: 1, arbitrary: fc.constant<Who>('old-visitor') },
    { weight: 1, arbitrary: fc.constant<Who>('old-stored') },
  ),
  ops: fc.array(op, { minLength: 1, maxLength: 3 }),
  process: fc.nat({ max: 2 }),
})

const freeCase: fc.Arbitrary<Case> = fc.record({
  start: fc.constantFrom('visitor' as const, 'guest' as const, 'user' as const),
  settled: fc.boolean(),
  grace: fc.constantFrom(10 as const, 10 as const, 0 as const),
  slow: fc.integer({ min: 0, max: 4 }).map((one) => one === 0),
  requests: fc.array(request, { minLength: 2, maxLength: 4 }),
  picks: fc.array(fc.nat({ max: 11 }), { minLength: 24, maxLength: 24 }),
})

/** A slow writer, a sign-out, and an older visitor's cookie that makes a record under the same key. */
const remadeCase: fc.Arbitrary<Case> = fc.record({
  start: fc.constant('guest' as const),
  settled: fc.boolean(),
  grace: fc.constantFrom(10 as const, 0 as const),
  slow: fc.constant(true),
  requests: fc.shuffledSubarray(
    [
      { who: 'browser', ops: [{ do: 'put', key: 'x' }], process: 0 },
      { who: 'browser', ops: [{ do: 'invalidate' }], process: 1 },
      { who: 'old-visitor', ops: [{ do: 'put', key: 'y' }], process: 2 },
      { who: 'browser', ops: [{ do: 'increment' }], process: 2 },
    ] satisfies Case['requests'],
    { minLength: 3 },
  ),
  picks: fc.array(fc.nat({ max: 11 }), { minLength: 24, maxLength: 24 }),
})

export const anyCase: fc.Arbitrary<Case> = fc.oneof(
  { weight: 15, arbitrary: freeCase },
  { weight: 1, arbitrary: remadeCase },
)

interface Delivered extends Answer {
  readonly name: string
  readonly who: Who
  readonly ops: readonly Op[]
}

const marker = 'from before'

/** Runs a case and throws what went wrong, if anything did. */
export async function holds(orbit: Orbit, one: Case): Promise<void> {
  const world = new World(orbit, one.picks, { grace: one.grace })
  const problems = await violations(world, one)
  await world.store.close()
  if (problems.length > 0) throw new Error([...new Set(problems)].join('; '))
}

async function violations(
  world: World,
  { start, settled, slow, requests }: Case,
): Promise<string[]> {
  let jar: string | undefined
  const cookies = new Set<string>()
  const keep = (answer: Answer): void => {
    if (answer.cookie === undefined) return
    jar = answer.cookie
    cookies.add(answer.cookie)
  }

  keep(await world.request('first', [{ do: 'read' }], undefined))
  const visitorCookie = jar
  let storedCookie = jar
  if (start !== 'visitor') {
    keep(
      await world.request(
        marker,
        [
          { do: 'put', key: 'base' },
          { do: 'put', key: 'ticket' },
        ],
        jar,
      ),
    )
    storedCookie = jar
  }
  if (start === 'user') keep(await world.request('login', [{ do: 'login', owner: 'A' }], jar))
  world.time += settled ? 60_000 : 1
  world.writes.length = 0

  const cookieOf = { browser: jar, 'old-visitor': visitorCookie, 'old-stored': storedCookie }
  const delivered: Delivered[] = []
  await world.scheduler.run(
    requests.map(({ who, ops, process }, index) => async () => {
      const name = `r${index}`
      const answer = await world.request(name, ops, cookieOf[who], process)
      delivered.push({ ...answer, name, who, ops })
      if (who === 'browser') keep(answer)
      else if (answer.cookie !== undefined) cookies.add(answer.cookie)
    }),
    () => {
      world.time += slow ? 4_000 : 1
    },
  )

  const problems: string[] = []
  const fail = (rule: string, what: string) => problems.push(`${rule}: ${what}`)
  const ok = delivered.filter((answer) => answer.status === 200)
  const browser = ok.filter(({ who }) => who === 'browser')
  const any = (...kinds: Op['do'][]) =>
    requests.some(({ ops }) => ops.some((op) => kinds.includes(op.do)))
  const lastLogin = (ops: readonly Op[]) =>
    ops.flatMap((op) => (op.do === 'login' ? [op.owner] : [])).at(-1)
  const signsIn = ({ ops, seen }: Delivered) => {
    const owner = lastLogin(ops)
    const again = ops.some((op) => op.do === 'invalidate')
    return owner !== undefined && (again || owner !== seen?.before.userId)
  }

  for (const { status, name } of delivered) {
    if (status !== 200 && status !== 409) fail('R6', `${name} was answered ${status}`)
  }

  // What every cookie that was ever set opens now.
  const opened = new Map<string, Answer>()
  for (const cookie of cookies)
    opened.set(cookie, await world.request('probe', [{ do: 'read' }], cookie))
  const last = jar === undefined ? undefined : opened.get(jar)

  // No foreign data. Where somebody gives up the owner, the data goes on without one.
  if (!any('forget-owner', 'clear')) {
    const views = [...opened.values(), ...ok].flatMap(({ seen }) => (seen ? [seen.before] : []))
    for (const before of views) {
      for (const value of Object.values(before)) {
        const owner = typeof value === 'string' ? /:(A|B)$/.exec(value)?.[1] : undefined
        if (owner && before.userId !== owner) {
          fail('R4', `data of ${owner} was read by ${String(before.userId ?? 'nobody')}`)
        }
      }
    }
  }

  // No resurrection: after an answered invalidate nothing of the session is left but sealed records.
  // A sign-in that carried the data away first makes the invalidate a 409.
  // An invalidate after a sign-in of the same request ends what that one began.
  const isEnded = browser.some(({ ops }) => {
    const at = ops.findIndex((op) => op.do === 'invalidate')
    return at >= 0 && ops.slice(0, at).every((op) => op.do !== 'login')
  })
  // Where the seal of a move has gone, nothing leads an invalidate to where the session went.
  const isLost = slow && any('regenerate', 'login', 'forget-owner', 'clear')
  if (isEnded && !isLost && start !== 'visitor') {
    for (const record of await world.records()) {
      if (!record.successor && record.payload.includes(marker))
        fail('R2', 'an ended session is stored')
    }
    for (const { seen } of opened.values()) {
      if (JSON.stringify(seen?.before ?? {}).includes(marker))
        fail('R2', 'an ended session is read')
    }
    const ended = cookieOf.browser && opened.get(cookieOf.browser)?.seen?.before
    if (Object.keys(ended ?? {}).length > 0) fail('R2', 'an ended cookie opens a later session')
    if (start === 'user' && !any('login')) {
      for (const { seen } of opened.values()) {
        if (seen?.owner) fail('R2', 'somebody is signed in after signing out')
      }
    }
  }

  // The cookie of a login is not overwritten.
  // What moved in the middle of a request is told at its end: such an answer comes late.
  const movesEarly = (ops: readonly Op[]) =>
    ops.some((op) => op.do === 'regenerate' || op.do === 'invalidate') &&
    ops.some((op) => op.do === 'save' || op.do === 'take' || op.do === 'attempt')
  const isLate = requests.some(({ ops }) => movesEarly(ops))
  const firstLogin = delivered.findIndex(
    (answer) =>
      answer.status === 200 && answer.who === 'browser' && signsIn(answer) && answer.seen?.owner,
  )
  const promisesCookies = !slow && !isLate
  if (firstLogin >= 0 && promisesCookies) {
    for (const answer of delivered.slice(firstLogin + 1)) {
      if (
        answer.who === 'browser' &&
        answer.cookie !== undefined &&
        !signsIn(answer) &&
        !movesEarly(answer.ops)
      ) {
        fail('R4', `${answer.name} overwrote the cookie of a login`)
      }
    }
  }
  const endsLogin = any('invalidate', 'forget-owner', 'clear')
  // A sign-in as the same person with an older cookie of the session takes it along.
  const isShared = requests.some(
    ({ who, ops }) => who !== 'browser' && lastLogin(ops) !== undefined,
  )
  if (firstLogin >= 0 && !endsLogin && !isShared && promisesCookies && last?.seen?.owner == null)
    fail('R4', 'a login did not last')

  // No lost update, where nothing ends or splits the session.
  // A sign-in that meets a session moved by somebody else starts from its own changes alone.
  const logins = requests.filter(({ ops }) => lastLogin(ops) !== undefined)
  const splits =
    logins.length > 0 &&
    (any('regenerate') ||
      start === 'user' ||
      new Set(
        logins.flatMap(({ ops }) => ops.flatMap((op) => (op.do === 'login' ? [op.owner] : []))),
      ).size > 1)
  const isWhole = !endsLogin && !splits
  const onlyBrowser = requests.every(({ who }) => who === 'browser')
  const saved = any('save', 'take', 'attempt')
  if (isWhole && onlyBrowser && !slow && last?.seen) {
    const now = last.seen.before
    const count = browser.flatMap(({ ops }) => ops.filter((op) => op.do === 'increment')).length
    const pushes = browser.flatMap(({ ops, name }) =>
      ops.flatMap((op) => (op.do === 'push' ? [name] : [])),
    )
    const counted = typeof now.count === 'number' ? now.count : 0
    if (saved ? counted < count : counted !== count)
      fail('R1', `${count} increments made ${counted}`)
    const list = Array.isArray(now.list) ? now.list.map(String) : []
    const wanted = [...pushes].sort().join()
    if (!saved && [...list].sort().join() !== wanted)
      fail('R1', `pushed ${wanted}, found ${list.join()}`)
    for (const key of new Set(browser.flatMap(({ seen }) => Object.keys(seen?.put ?? {})))) {
      const values = browser.map(({ seen }) => seen?.put[key])
      if (!saved && !values.includes(String(now[key])))
        fail('R1', `${key} was put and is ${String(now[key])}`)
    }
  }

  // One winner.
  const winners = delivered.filter(({ seen }) => seen?.took)
  if (winners.length > 1) fail('R26', `${winners.length} requests took the ticket`)

  // What is sealed stays as it was: the old id reads what the session held before the move.
  for (const { verb, before } of world.writes) {
    const isMark = before?.payload.endsWith('["Map"],[]]')
    if (verb !== 'destroy' && before?.successor && !isMark)
      fail('R4', 'a sealed record was written to')
  }

  // First writes of one visitor meet in one session.
  const writers = browser.filter(({ ops }) =>
    ops.every((op) => op.do === 'put' || op.do === 'increment'),
  )
  if (start === 'visitor' && onlyBrowser && !slow && writers.length === requests.length) {
    const records = await world.records()
    if (records.length !== 1) fail('R5', `${records.length} records of one visitor`)
  }
  return problems
}
