import { andThen, orElse } from '../awaitable.ts'
import { SessionError } from '../errors.ts'
import type { Awaitable } from '../stores/store.ts'
import type { Engine } from './engine.ts'
import { derivedFrom, type Id } from './id.ts'
import { type Found, find, type Stored } from './lookup.ts'
import { hasNewerId, movedAfter } from './record.ts'

/** What this request knows of its session. */
export type State =
  /** Nothing stored. */
  | {
      readonly kind: 'visitor'
      /**
       * `new`: drawn for this request. `cookie`: the request carried it. `dead`: derived from a stored
       * id that opens no session any more. `ambiguous`: the request carried several ids. `outside`: the
       * request is outside of the path that browsers send the cookie to.
       */
      readonly from: 'new' | 'cookie' | 'dead' | 'ambiguous' | 'outside'
      readonly random: string
      readonly issuedAt: number
      /** A record that could not be read. It is removed when the request stores something. */
      readonly unreadable?: { readonly key: string; readonly version: string }
      /** The session behind a dead id ended so lately that newer cookies may be on their way. */
      readonly isLate?: boolean
      /** After this request ended its session: the id derived from that one's, which a login beside it uses. */
      readonly derived?: string
    }
  /** Stored, and neither moved nor ended when this request last looked. */
  | {
      readonly kind: 'live'
      readonly random: string
      readonly stored: Stored
      /** The changes of this request were re-applied to the session under its new id. */
      readonly isRebased?: boolean
      /** After this request took the owner away: the id derived from the old one, which a login may use meanwhile. */
      readonly derived?: string
    }
  /** Had moved to a new id when the request began. */
  | {
      readonly kind: 'moved'
      readonly random: string
      readonly stored: Stored
      readonly end: Stored
    }
  /** Ended while the request was under way. */
  | {
      readonly kind: 'ended'
      readonly random: string
      readonly derived: string
      readonly owner: string | undefined
    }
  /** The store failed. */
  | { readonly kind: 'unavailable'; readonly random: string; readonly error: SessionError }

export type StateOf<Kind extends State['kind']> = Extract<State, { readonly kind: Kind }>

export function visitor(
  random: string,
  now: number,
  from: 'new' | 'dead' | 'ambiguous' | 'outside',
): StateOf<'visitor'> {
  return { kind: 'visitor', from, random, issuedAt: now }
}

/**
 * The state that a request with a stored id starts from; `key` is the id's handle.
 *
 * @param startedAt when the request began, if it is loaded later: the session may have ended in the meantime
 */
export function open(
  engine: Engine,
  id: Extract<Id, { kind: 'stored' }>,
  key: string,
  startedAt = Number.POSITIVE_INFINITY,
): Awaitable<State> {
  const { random } = id
  return orElse(
    () =>
      andThen(find(engine, key, id.instance), (found) =>
        stateOf(engine, id, key, found, startedAt),
      ),
    (error) => {
      if (error instanceof SessionError) return { kind: 'unavailable', random, error }
      throw error
    },
  )
}

function stateOf(
  engine: Engine,
  id: Extract<Id, { kind: 'stored' }>,
  key: string,
  found: Found,
  startedAt: number,
): State {
  const { random } = id
  switch (found.kind) {
    case 'live':
      return { kind: 'live', random, stored: found.stored }
    case 'moved':
      return { kind: 'moved', random, stored: found.stored, end: found.end }
    case 'unreadable':
      return unreadableAt(engine, id, key, found.version)
    default: {
      if (found.kind === 'gone' && movedAfter(found.stored.record, startedAt)) {
        const { owner } = found.stored.record
        return { kind: 'ended', random, derived: derivedFrom(id, engine.keys), owner }
      }
      engine.emit({ type: 'session:expired', handle: key })
      const isLate = found.kind === 'gone' && hasNewerId(found.stored.record)
      return { ...visitor(derivedFrom(id, engine.keys), engine.now(), 'dead'), isLate }
    }
  }
}

/** A record that cannot be read is a fresh session, and an event. */
export function unreadableAt(
  engine: Engine,
  id: { readonly random: string; readonly instance: string },
  key: string,
  version: string,
): State {
  engine.emit({ type: 'session:corrupt', handle: key })
  const fresh = visitor(derivedFrom(id, engine.keys), engine.now(), 'dead')
  return { ...fresh, unreadable: { key, version } }
}

/** Whether the id was drawn for this request. */
export function isNew(state: State): state is StateOf<'visitor'> {
  return state.kind === 'visitor' && state.from === 'new'
}

/** What the request goes on from when its session has ended. */
export function ended(engine: Engine, state: State): StateOf<'ended'> {
  if (state.kind === 'ended') return state
  const owner = 'stored' in state ? state.stored.record.owner : undefined
  return { kind: 'ended', random: state.random, derived: derivedOf(engine, state), owner }
}

/** The random part of the id that is derived from the request's id when that one opens no session any more. */
export function derivedOf(engine: Engine, state: State): string {
  const { random } = state
  if (state.kind === 'ended') return state.derived
  if (!('stored' in state)) return random
  return derivedFrom({ random, instance: state.stored.record.instance }, engine.keys)
}
