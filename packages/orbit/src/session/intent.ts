import type { Awaitable } from '../stores/store.ts'
import type { Change } from './changes.ts'
import type { Contents } from './contents.ts'
import type { Device } from './facts.ts'
import type { State } from './state.ts'

/** What a request wants to do with its session. */
export interface Intent {
  readonly changes: readonly Change[]
  /** The contents of the known record after the changes, if they are already computed. */
  readonly view?: Contents
  readonly regenerate: boolean
  readonly invalidate: boolean
  /** The random part of the next id, if the session moves or a new one starts. It returns the same value each time. */
  readonly next: () => string
  /** Whether the request counts as activity. */
  readonly active: boolean
  /** The device of the request, if the app stores devices. */
  readonly device: () => Awaitable<Device | undefined>
  /** When the request began. */
  readonly startedAt: number
  /** Whether one of several overlapping requests must win. If so, the changes use the latest data, or fail. */
  readonly atOnce: boolean
  /** Whether the session must keep its id and its owner, for example within a transaction of the app. */
  readonly mustStay?: boolean
  /** Whether the request has saved within a transaction whose changes are not stored. It may still be open. */
  readonly isAfterUndone?: boolean
}

/** The result: the state to continue with, and the contents if the request may see them now. */
export interface Outcome {
  readonly state: State
  readonly wrote: boolean
  readonly contents?: Contents
}
