import { SessionError } from '../errors.ts'
import { type Contents, decode } from './contents.ts'
import { heirOf } from './id.ts'
import { isReadable } from './record.ts'
import { type Engine, type State, type StateOf, visitor } from './state.ts'

/** A loaded record, read: what the request sees, if it may see any of it. */
export interface Loaded {
  readonly state: State
  readonly contents?: Contents
  /** The session has moved, and its old id may not even read any more. */
  readonly isOutOfReach: boolean
}

/**
 * Reads what was loaded. A record that cannot be decoded is a fresh session; one of a newer release
 * is out of reach as if the store were away, and never overwritten.
 */
export function readLoaded(engine: Engine, state: StateOf<'live' | 'sealed'>): Loaded {
  const { random, stored } = state
  if (state.kind === 'sealed' && !isReadable(stored.record, engine.times, engine.now())) {
    return { state, isOutOfReach: true }
  }
  try {
    const contents = decode(stored.record.payload)
    if (contents) return { state, contents, isOutOfReach: false }
  } catch (error) {
    if (!(error instanceof SessionError)) throw error
    return { state: { kind: 'unavailable', random, error }, isOutOfReach: false }
  }
  engine.emit({ type: 'session:corrupt', handle: stored.key })
  const heir = heirOf({ random, birth: stored.record.birth }, engine.keys)
  const fresh = { ...visitor(heir, engine.now(), 'dead'), corrupt: stored }
  return { state: fresh, isOutOfReach: false }
}
