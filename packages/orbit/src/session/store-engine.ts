import type { SessionEvent } from '../events.ts'
import type { SynchronousStore } from '../stores/store.ts'
import type { Lookup } from './lookup.ts'
import type { Queue } from './queue.ts'

/** What works on stored sessions without anybody's id. */
export interface StoreEngine extends Lookup {
  readonly store: SynchronousStore
  readonly maxBytes: number
  readonly emit: (event: SessionEvent) => void
  readonly queue: Queue
}
