import { andThen } from '../awaitable.ts'
import type { Awaitable } from '../stores/store.ts'
import type { Engine } from './engine.ts'
import { derivedFrom, type Id } from './id.ts'
import { type Found, find, type Stored } from './lookup.ts'
import { hasNewerId, movedAfter } from './record.ts'
import { type State, type StateOf, visitor } from './state.ts'

/**
 * The initial state of a request with a stored id. `key` is the handle of the id.
 *
 * @param startedAt when the request began, if it is loaded later: the session may have ended in the meantime
 * @param last the session as this process last saw it
 */
export function open(
  engine: Engine,
  id: Extract<Id, { kind: 'stored' }>,
  key: string,
  startedAt = Number.POSITIVE_INFINITY,
  last?: Stored,
): Awaitable<State> {
  return andThen(find(engine, key, id.instance, last), (found) =>
    stateOf(engine, id, key, found, startedAt),
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
      const endedBecause =
        found.kind === 'gone' && found.stored.record.movedTo ? 'ended' : 'expired'
      const dead = visitor(derivedFrom(id, engine.keys), engine.now(), 'dead')
      return { ...dead, isLate, endedBecause }
    }
  }
}

/** A record that cannot be read becomes a new session, with an event. */
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

/** The state that the request continues with after its session has ended. */
export function ended(engine: Engine, state: State): StateOf<'ended'> {
  if (state.kind === 'ended') return state
  const owner = 'stored' in state ? state.stored.record.owner : undefined
  return { kind: 'ended', random: state.random, derived: derivedOf(engine, state), owner }
}

/** The random part of the derived id, for a request whose id no longer opens a session. */
export function derivedOf(engine: Engine, state: State): string {
  const { random } = state
  if (state.kind === 'ended') return state.derived
  if (!('stored' in state)) return random
  return derivedFrom({ random, instance: state.stored.record.instance }, engine.keys)
}
