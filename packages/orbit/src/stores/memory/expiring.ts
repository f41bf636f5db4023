import { Place, Slot } from './slot.ts'

/** Milliseconds: records that expire within one span are filed together. */
const span = 1_000

function spanOf(time: number | undefined): number {
  return time === undefined ? Number.POSITIVE_INFINITY : Math.floor(time / span)
}

/**
 * Slots by the second in which their records expire, so that what has expired is found without looking at
 * what has not. Each second has a ring of slots: filing a slot and taking it out takes no look-up, and no
 * table that stands still while it grows.
 */
export class Expiring {
  readonly #rings = new Map<number, Place>()
  /** Nothing is filed before this span. */
  #first = Number.POSITIVE_INFINITY

  /**
   * Files a slot whose record is new. One that expires later than it is filed stays where it is until
   * its time comes: most records are written again and again.
   */
  update(slot: Slot): void {
    if (spanOf(slot.record.expiresAt) < slot.span) this.#file(slot)
  }

  /** Files a slot where its record expires now. */
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

  /** Those whose time has come, in the spans before this one, the oldest first. None of them is filed any more. */
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
      // In a long gap it is shorter to look through the spans that there are.
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
