import type { SessionRecord } from '../store.ts'

/**
 * A link in two rings: one of the records that expire in the same second, and one of the evictable records. A new place
 * is a ring of one. Moving it needs no look-up, and no table that has to grow.
 */
export class Place {
  before: Place = this
  after: Place = this
  older: Place = this
  newer: Place = this
}

/** The slot of a record. A rewrite only replaces the record in it. */
export class Slot extends Place {
  readonly key: string
  record: SessionRecord
  /** The span of its group, if it has one. It is not later than the expiry of its record. */
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

  /** The least recently used slot. */
  get oldest(): Slot | undefined {
    const { newer } = this.#end
    return newer instanceof Slot ? newer : undefined
  }

  /** Makes the slot the most recently used one. */
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
