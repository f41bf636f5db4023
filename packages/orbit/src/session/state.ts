import { movedError, SessionError } from '../errors.ts'
import type { SessionEvent } from '../events.ts'
import type { Keys } from '../keys.ts'
import type { SessionRecord, SessionStore } from '../stores/store.ts'
import { heirOf, type Id } from './id.ts'
import type { Owners } from './owner.ts'
import type { Queue } from './queue.ts'
import { isOver, type Successor, type Times } from './record.ts'
import type { SignInHint } from './sign-in-hint.ts'
import type { Touches } from './touches.ts'

/** What opening and committing a session need: handed in, so that tests hold the clock and the store. */
export interface Engine {
  /** The current secret's. */
  readonly keys: Keys
  readonly store: SessionStore
  readonly times: Times
  readonly owners: Owners
  readonly maxBytes: number
  readonly now: () => number
  readonly emit: (event: SessionEvent) => void
  readonly queue: Queue
  readonly touches: Touches
  /** Only in development. */
  readonly signInHint?: SignInHint | undefined
}

/** A record and the key that it stands under. */
export interface Stored {
  readonly key: string
  readonly record: SessionRecord
}

/** What this request knows of its session. */
export type State =
  /** Nothing stored. */
  | {
      readonly kind: 'visitor'
      /**
       * `new`: drawn for this request. `cookie`: the request carried it. `dead`: in place of a
       * stored id that opens nothing any more. `ambiguous`: the request carried several.
       * `outside`: of the path that browsers send the cookie to.
       */
      readonly from: 'new' | 'cookie' | 'dead' | 'ambiguous' | 'outside'
      readonly random: string
      readonly issuedAt: number
      /** A record that could not be read; it goes when something is written in its place. */
      readonly corrupt?: Stored
      /** The session behind a dead id ended so lately that newer cookies may be on their way. */
      readonly isLate?: boolean
      /** After this request ended its session: the id under which a login beside it leaves its mark. */
      readonly home?: string
    }
  /** Stored and, when last seen, neither sealed nor ended. */
  | {
      readonly kind: 'live'
      readonly random: string
      readonly stored: Stored
      /** This request's changes went into the session under its new id. */
      readonly folded?: boolean
    }
  /** Had moved to a new id when the request began. */
  | {
      readonly kind: 'sealed'
      readonly random: string
      readonly stored: Stored
      readonly end: Stored
    }
  /** Was ended by somebody while the request was under way. */
  | {
      readonly kind: 'ended'
      readonly random: string
      readonly heir: string
      readonly owner: string | undefined
    }
  /** The store did not answer. */
  | { readonly kind: 'unavailable'; readonly random: string; readonly error: SessionError }

export function visitor(
  random: string,
  now: number,
  from: 'new' | 'dead' | 'ambiguous' | 'outside',
): StateOf<'visitor'> {
  return { kind: 'visitor', from, random, issuedAt: now }
}

export type StateOf<Kind extends State['kind']> = Extract<State, { readonly kind: Kind }>

/** What stands under a key now, the seals followed. */
export type Found =
  | { readonly kind: 'nothing' }
  /** Something stands there that opens nothing: over, of another birth, or a seal without a live end. */
  | { readonly kind: 'remains'; readonly stored: Stored }
  | { readonly kind: 'live'; readonly stored: Stored }
  | { readonly kind: 'sealed'; readonly stored: Stored; readonly end: Stored }

/** Looks a key up. With a birth mark, only the record of that birth counts. */
export async function find(engine: Engine, key: string, birth?: string): Promise<Found> {
  const record = await engine.store.load(key)
  if (!record) return { kind: 'nothing' }
  const stored = { key, record }
  const foreign = birth !== undefined && record.birth !== birth
  if (foreign || isOver(record, engine.times, engine.now())) return { kind: 'remains', stored }
  if (!record.successor) return { kind: 'live', stored }
  const end = await findEnd(engine, record.successor)
  return end ? { kind: 'sealed', stored, end } : { kind: 'remains', stored }
}

/** So often a session may move within the grace before its oldest id is refused: each hop is a load. */
const mostHops = 16

/** The live session at the end of a chain of seals, if there is one. */
async function findEnd(engine: Engine, successor: Successor): Promise<Stored | undefined> {
  let next = successor
  for (let hop = 0; hop < mostHops; hop += 1) {
    const { key, birth } = next
    const record = await engine.store.load(key)
    if (record?.birth !== birth || isOver(record, engine.times, engine.now())) return undefined
    if (!record.successor) return { key, record }
    next = record.successor
  }
  throw movedError()
}

/** The state that a request with a stored id starts from; `key` is the id's handle. */
export async function open(
  engine: Engine,
  id: Extract<Id, { kind: 'stored' }>,
  key: string,
): Promise<State> {
  const { random } = id
  let found: Found
  try {
    found = await find(engine, key, id.birth)
  } catch (error) {
    if (error instanceof SessionError) return { kind: 'unavailable', random, error }
    throw error
  }
  switch (found.kind) {
    case 'live':
      return { kind: 'live', random, stored: found.stored }
    case 'sealed':
      return { kind: 'sealed', random, stored: found.stored, end: found.end }
    default: {
      engine.emit({ type: 'session:expired', handle: key })
      const isLate = found.kind === 'remains' && found.stored.record.successor !== undefined
      return { ...visitor(heirOf(id, engine.keys), engine.now(), 'dead'), isLate }
    }
  }
}
