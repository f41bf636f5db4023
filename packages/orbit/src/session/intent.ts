import type { Change } from './changes.ts'
import type { Contents } from './contents.ts'
import type { State } from './state.ts'

/** What a request wants of its session. */
export interface Intent {
  readonly changes: readonly Change[]
  /** What the changes make of the record that the request knows, if that has been worked out. */
  readonly view?: Contents
  readonly regenerate: boolean
  readonly invalidate: boolean
  /** The random part of the next id, if the session moves or begins anew: the same at every call. */
  readonly next: () => string
  /** Whether the request counts as activity. */
  readonly active: boolean
  /** When the request began. */
  readonly startedAt: number
  /** Of overlapping requests one wins: on the session as it is now, or not at all. */
  readonly strict: boolean
}

/** What came of it: the state to go on from, and the contents if the request now sees those. */
export interface Outcome {
  readonly state: State
  readonly wrote: boolean
  readonly contents?: Contents
}
