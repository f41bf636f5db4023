import type { Session } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import type { Client } from '../hono/client.ts'
import { type Answer, Processes } from './gates.ts'

/**
 * The result of a commit, by what the request does and by what is stored under the session's id when it
 * commits. In each case the request starts, then the session becomes what the row says, then the request
 * commits.
 */
const wants = {
  write: (session: Session) => session.put('late', 1),
  'at once': (session: Session) => session.claim('late', 1),
  move: (session: Session) => {
    session.put('late', 1)
    session.regenerate()
  },
  login: (session: Session) => {
    session.put('late', 1)
    session.put('userId', 'grace')
  },
  end: (session: Session) => session.invalidate(),
} as const

type Want = keyof typeof wants

/** What the request does, for the names of the tests. */
const deeds: Record<Want, string> = {
  write: 'writes',
  'at once': 'claims a value',
  move: 'regenerates the id',
  login: 'signs in',
  end: 'signs out',
}

/** The possible outcomes. */
type Outcome =
  /** A new session with the changes. Other sessions do not change. */
  | 'creates'
  /** The stored session, with the changes. */
  | 'rewrites'
  /** The stored session, with the changes, under a new id. */
  | 'moves'
  /** A session with only the changes, under a new id. The old record is left as moved. */
  | 'replaces'
  /** The changes go into the session that another browser has now. This browser gets no cookie. */
  | 'rebases'
  | 'refuses: session-moved'
  | 'refuses: session-ended'
  | 'refuses: session-newer-format'
  /** The response is sent, nothing is stored, and no cookie is set. */
  | 'drops'
  /** The session ends, whichever browser has it. */
  | 'ends'
  | 'does nothing'

/** The outcomes, for the names of the tests. */
const results: Record<Outcome, string> = {
  creates: 'creates a new session',
  rewrites: 'changes the session',
  moves: 'moves the session to a new id',
  replaces: 'creates a new session, and leaves a redirect to it',
  rebases: 'adds its changes to the moved session',
  'refuses: session-moved': 'fails with session-moved',
  'refuses: session-ended': 'fails with session-ended',
  'refuses: session-newer-format': 'fails with session-newer-format',
  drops: 'drops its changes',
  ends: 'ends the session',
  'does nothing': 'has no effect',
}

interface Scene {
  /** The browser that sends the request. */
  readonly mine: Client
  /** The browser that has the active session, if it is another one. */
  readonly other?: Client
  /** What happens after the request has started. */
  readonly meanwhile?: () => unknown
}

export interface Row {
  readonly title: string
  readonly scene: (world: Processes) => Promise<Scene>
  readonly outcomes: Readonly<Record<Want, Outcome>>
  /** Another user's session is stored under the key, so nothing there can lead to a new session. */
  readonly isTaken?: boolean
  /** What the request does before `want`. */
  readonly before?: (session: Session) => unknown
}

export const put = (key: string) => (session: Session) => session.put(key, 1)
export const signIn = (owner: string) => (session: Session) => session.put('userId', owner)
export const regenerate = (session: Session) => session.regenerate()
export const invalidate = (session: Session) => session.invalidate()

export const dropped = {
  write: 'drops',
  'at once': 'refuses: session-ended',
  move: 'drops',
  login: 'creates',
  end: 'does nothing',
} as const

export const elsewhere = {
  write: 'creates',
  'at once': 'creates',
  move: 'creates',
  login: 'creates',
  end: 'does nothing',
} as const

/** Runs every cell of these rows. */
export function runTable(rows: readonly Row[]): void {
  describe.each(rows)('a request that finds $title', (row) => {
    for (const want of keysOf(row.outcomes)) {
      it(`and ${deeds[want]}: ${results[row.outcomes[want]]}`, () => runCell(row, want))
    }
  })
}

function keysOf(outcomes: Row['outcomes']): Want[] {
  return Object.keys(outcomes).filter((key): key is Want => key in wants)
}

async function runCell({ scene, outcomes, before, isTaken }: Row, want: Want): Promise<void> {
  const world = new Processes()
  const outcome = outcomes[want]
  const { mine, other, meanwhile } = await scene(world)
  const slow = await world.held(
    mine,
    async (session, hold) => {
      if (outcome !== 'refuses: session-newer-format') session.get('userId')
      await hold()
      before?.(session)
      await wants[want](session)
    },
    { method: 'GET' },
  )
  const poll = await pollOf(world, mine)
  await meanwhile?.()
  const was = {
    other: other && (await world.read(other.copy())).value,
    live: (await world.live()).length,
  }

  const answer = await slow.release()

  await expectOutcome(world, { want, outcome, answer, mine, other, was })
  const leadsOn =
    outcome === 'moves' || outcome === 'replaces' || (outcome === 'creates' && !isTaken)
  // A late write does not replace the cookie that a sign-in or a move has set.
  if (leadsOn && (want === 'login' || want === 'move')) {
    expect((await poll?.release())?.cookies ?? []).not.toContain('session')
  }
}

/** A page of the same browser that started at the same time, and that writes. */
async function pollOf(world: Processes, mine: Client) {
  if (!mine.has('session')) return undefined
  const write = async (session: Session, hold: () => Promise<void>) => {
    await hold()
    session.put('poll', 1)
  }
  return world.held(mine.copy(), write, { method: 'GET', process: 2 })
}

async function expectOutcome(
  world: Processes,
  now: {
    want: Want
    outcome: Outcome
    answer: Answer<unknown>
    mine: Client
    other: Client | undefined
    was: { other: Record<string, unknown> | undefined; live: number }
  },
): Promise<void> {
  const { want, outcome, answer, mine, other, was } = now
  const changes = want === 'login' ? { late: 1, userId: 'grace' } : { late: 1 }
  const others = other && (await world.read(other.copy())).value
  const live = (await world.live()).length
  const hasCookie = answer.cookies.includes('session')
  const [, code] = outcome.split(': ')
  if (code !== undefined) {
    expect(answer).toMatchObject({ code, cookies: [] })
    expect({ others, live }).toEqual({ others: was.other, live: was.live })
    return
  }
  expect(answer.status).toBe(200)
  const mines = (await world.read(mine.copy())).value
  switch (outcome) {
    case 'creates':
      expect({ mines, hasCookie }).toEqual({ mines: changes, hasCookie: true })
      expect({ others, live }).toEqual({ others: was.other, live: other ? was.live + 1 : 1 })
      return
    case 'replaces':
      expect({ mines, hasCookie }).toEqual({ mines: changes, hasCookie: true })
      expect({ others, live }).toEqual({ others: was.other, live: 1 })
      return
    case 'rewrites':
      expect(mines).toMatchObject(changes)
      if (other) expect(mines).toEqual({ ...was.other, ...changes })
      expect(live).toBe(1)
      return
    case 'moves':
      expect({ mines, hasCookie }).toMatchObject({ mines: changes, hasCookie: true })
      if (other) expect(mines).toMatchObject(was.other ?? {})
      expect(live).toBe(1)
      return
    case 'rebases':
      expect(answer.cookies).toEqual([])
      expect(others).toEqual({ ...was.other, ...changes })
      expect(live).toBe(1)
      return
    case 'drops':
      expect(answer.cookies).toEqual([])
      expect({ others, live }).toEqual({ others: was.other, live: was.live })
      return
    case 'ends':
      expect({ mines, live }).toEqual({ mines: {}, live: 0 })
      return
    case 'does nothing':
      expect({ others, live }).toEqual({ others: was.other, live: was.live })
      return
  }
}
