import { type Contents, livingContents } from './contents.ts'
import { decode } from './encoding.ts'
import type { Engine } from './engine.ts'
import { unreadableAt } from './opening.ts'
import { isReadable } from './record.ts'
import type { State, StateOf } from './state.ts'

/** A loaded record: its state, and its contents if the request may see them. */
export interface Loaded {
  readonly state: State
  readonly contents?: Contents
  /** The session has moved, and its old id may no longer read it. */
  readonly isOutOfReach: boolean
}

/** Reads the loaded record. A record that cannot be decoded becomes a new session. */
export function readLoaded(engine: Engine, state: StateOf<'live' | 'moved'>): Loaded {
  const { random, stored } = state
  const { key, record } = stored
  if (state.kind === 'moved' && !isReadable(record, engine.times, engine.now())) {
    return { state, isOutOfReach: true }
  }
  stored.contents ??= decode(record.data)
  const { contents } = stored
  if (contents) {
    const living = contents.until ? livingContents(contents, engine.now()) : contents
    return { state, contents: living, isOutOfReach: false }
  }
  const { instance, version } = record
  return {
    state: unreadableAt(engine, { random, instance }, key, version),
    isOutOfReach: false,
  }
}
