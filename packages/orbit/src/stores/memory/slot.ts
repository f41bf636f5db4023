import type { SessionRecord } from '../store.ts'

/**
 * A place in two rings: of what expires in the same second, and of what may be evicted. It begins alone, as a
 * ring of its own. Taking it out and putting it elsewhere takes no look-up, and no table that grows.
 */
export class Place {
  before: Place = this
  after: Place = this
  older: Place = this
  newer: Place = this
}

/** Where a record stands. A rewrite changes only which record that is. */
export class Slot extends Place {
  readonly key: string
  record: SessionRecord
  /** Where it is filed, if it is: no later than its record expires. */
  span = Number.POSITIVE_INFINITY

  constructor(key: string, record: SessionRecord) {
    super()
    this.key = key
    this.record = record
  }
}

/** Slots whose records may be evicted, in the order of their last use. */
export class Evictable {
  #end = new Place()

  /** The one that was not used for the longest time. */
  get oldest(): Slot | undefined {
    const { newer } = this.#end
    return newer instanceof Slot ? newer : undefined
  }

  /** Makes it the one that was used last. */
  use(slot: Slot): void {
    this.remove(slot)
    const end = this.#end
    slot.older = end.older
    slot.newer = end
    end.older.newer = slot
    end.older = slot
  }

  remove(slot: Slot): void {
    slot.older.newer = slot.newer
    slot.newer.older = slot.older
    slot.older = slot
    slot.newer = slot
  }

  clear(): void {
    this.#end = new Place()
  }
}
