import { expiryOf } from './record.ts'
import type { Engine, Stored } from './state.ts'

/**
 * The sessions touched of late by this process: of overlapping requests only the first touches. It
 * remembers them for one to two intervals, which is all that their records do not tell.
 */
export class Touches {
  readonly #interval: number
  #recent = new Set<string>()
  #older = new Set<string>()
  #since = Number.NEGATIVE_INFINITY

  /** @param interval the touch interval, in milliseconds */
  constructor(interval: number) {
    this.#interval = interval
  }

  /** Whether to touch the session that was last active then; if so, it counts as touched. */
  claim(key: string, lastActivityAt: number, now: number): boolean {
    if (Math.abs(now - this.#since) >= this.#interval) {
      this.#older = this.#recent
      this.#recent = new Set()
      this.#since = now
    }
    const touch = `${key} ${lastActivityAt}`
    if (this.#recent.has(touch) || this.#older.has(touch)) return false
    this.#recent.add(touch)
    return true
  }

  /** The touch did not come about. */
  giveBack(key: string, lastActivityAt: number): void {
    this.#recent.delete(`${key} ${lastActivityAt}`)
  }
}

/** Notes activity in the store, where a touch is due. Of overlapping requests one does so. */
export async function touch(
  engine: Engine,
  { key, record }: Stored,
  isActivity: () => boolean,
): Promise<boolean> {
  const { store, times, touches, emit } = engine
  const { lastActivityAt, createdAt } = record
  const now = engine.now()
  if (!isActivity()) return false
  if (!touches.claim(key, lastActivityAt, now)) return false
  try {
    const expiresAt = expiryOf(createdAt, now, times)
    const touched = await store.touch(key, record.version, now, expiresAt)
    if (touched) emit({ type: 'session:touched', handle: key })
    return touched
  } catch (error) {
    touches.giveBack(key, lastActivityAt)
    throw error
  }
}
