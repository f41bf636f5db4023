import type { SessionEvent } from '../events.ts'
import type { SynchronousStore } from '../stores/store.ts'
import type { Lookup } from './lookup.ts'
import type { CommitQueue } from './queue.ts'

/** The parts for work on stored sessions that do not need an id. */
export interface StoreEngine extends Lookup {
  readonly store: SynchronousStore
  readonly maxBytes: number
  readonly emit: (event: SessionEvent) => void
}

/** The parts for work on the lists of users' sessions. */
export interface IndexEngine extends StoreEngine {
  readonly queue: CommitQueue
}
