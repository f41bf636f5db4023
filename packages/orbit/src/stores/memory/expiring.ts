import { Place, Slot } from './slot.ts'

/** In milliseconds. Records that expire within the same span are in the same group. */
const span = 1_000

function spanOf(time: number | undefined): number {
  return time === undefined ? Number.POSITIVE_INFINITY : Math.floor(time / span)
}

/**
 * Slots, grouped by the second in which their records expire. So expired records are found without checking the
 * others. Each group is a ring of slots: adding and removing a slot needs no look-up, and no table that blocks the
 * process while it grows.
 */
export class Expiring {
  readonly #rings = new Map<number, Place>()
  /** All groups are in this span or a later one. */
  #first = Number.POSITIVE_INFINITY

  /**
   * Adds a slot to its group if its record is new. If the record now expires later, the slot stays in its group
   * until that time comes, because most records are written again and again.
   */
  update(slot: Slot): void {
    if (spanOf(slot.record.expiresAt) < slot.span) this.#file(slot)
  }

  /** Adds a slot to the group in which its record expires now. */
  #file(slot: Slot): void {
    this.remove(slot)
    slot.span = spanOf(slot.record.expiresAt)
    if (slot.span === Number.POSITIVE_INFINITY) return
    const ring = this.#rings.get(slot.span) ?? new Place()
    this.#rings.set(slot.span, ring)
    slot.before = ring.before
    slot.after = ring
    ring.before.after = slot
    ring.before = slot
    this.#first = Math.min(this.#first, slot.span)
  }

  remove(slot: Slot): void {
    const { before, after } = slot
    if (before === after) this.#rings.delete(slot.span)
    before.after = after
    after.before = before
    slot.before = slot
    slot.after = slot
    slot.span = Number.POSITIVE_INFINITY
  }

  /** The slots whose time has come, in the spans before this one, oldest first. It removes them from their groups. */
  *due(time: number): Generator<Slot> {
    const current = spanOf(time)
    let empty = 0
    for (; this.#first < current; this.#first += 1) {
      const ring = this.#rings.get(this.#first)
      for (let slot = ring?.after; slot instanceof Slot; slot = ring?.after) {
        this.remove(slot)
        yield slot
      }
      empty = ring ? 0 : empty + 1
      // After a long gap, it is faster to go through the existing spans.
      if (empty > this.#rings.size) this.#first = earliest(this.#rings.keys(), current) - 1
    }
  }

  clear(): void {
    this.#rings.clear()
  }
}

function earliest(times: Iterable<number>, none: number): number {
  let found = none
  for (const time of times) found = Math.min(found, time)
  return found
}
