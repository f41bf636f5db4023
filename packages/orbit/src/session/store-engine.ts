import type { SessionEvent } from '../events.ts'
import type { SynchronousStore } from '../stores/store.ts'
import type { Lookup } from './lookup.ts'
import type { CommitQueue } from './queue.ts'

/** What works on stored sessions without anybody's id. */
export interface StoreEngine extends Lookup {
  readonly store: SynchronousStore
  readonly maxBytes: number
  readonly emit: (event: SessionEvent) => void
}

/** What works on the lists of users' sessions. */
export interface IndexEngine extends StoreEngine {
  readonly queue: CommitQueue
}
