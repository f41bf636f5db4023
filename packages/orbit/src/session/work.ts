import type { Awaitable, PrunableStore, SessionStore, WalkableStore } from '../stores/store.ts'
import type { SessionDraft } from './draft.ts'
import type { decode } from './encoding.ts'
import type { Engine } from './engine.ts'
import type { Intent, Outcome } from './intent.ts'
import type { readLoaded } from './loaded.ts'
import type { Stored } from './lookup.ts'
import type { open } from './opening.ts'
import type { stillStands } from './standing.ts'
import type { State } from './state.ts'
import type { Doubt, learn } from './within.ts'

/** The functions for stored sessions. Their code is loaded when a request first needs it. */
export interface Work {
  readonly open: typeof open
  readonly readLoaded: typeof readLoaded
  readonly decode: typeof decode
  readonly stillStands: typeof stillStands
  readonly runDraft: typeof SessionDraft.run
  /** For each session, commits run one after the other. */
  commit: (engine: Engine, state: State, intent: Intent) => Awaitable<Outcome>
  /** Commits within the transaction of the app that the options of `save` name. */
  commitWithin: (
    engine: Engine,
    options: unknown,
    what: { state: State; intent: Intent; doubt: Doubt | undefined },
  ) => Promise<{ readonly outcome: Outcome; readonly doubt: Doubt | undefined }>
  /** Finds out whether these commits are stored. */
  readonly learn: typeof learn
  /** Whether opening the session under the key may wait for the app's `ownerVersion`. */
  readonly mayCompare: ((key: string) => boolean) | undefined
  touch: (engine: Engine, stored: Stored, isActivity: () => boolean) => Promise<boolean>
}

/** The engine that requests use. */
export interface RequestEngine extends Engine {
  readonly work: () => Awaitable<Work>
  /** The store itself, with the methods that only some stores have. */
  readonly drivers: () => Promise<
    readonly (SessionStore & Partial<WalkableStore & PrunableStore>)[]
  >
}
