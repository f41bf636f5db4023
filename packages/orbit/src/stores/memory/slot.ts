import type { SessionRecord } from '../store.ts'

/**
 * A link of two rings: of the records that expire in the same second, and of the evictable ones. A new place is
 * a ring by itself. Moving it needs no look-up, and no table that has to grow.
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

/** Slots whose records may be evicted, ordered by last use. */
export class Evictable {
  #end = new Place()

  /** The least recently used one. */
  get oldest(): Slot | undefined {
    const { newer } = this.#end
    return newer instanceof Slot ? newer : undefined
  }

  /** Makes it the most recently used one. */
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
