import { expiryOf, touchIsDue } from './record.ts'
import { type Engine, find, type Stored } from './state.ts'

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

/**
 * Notes activity in the store, if a touch is due. Of overlapping requests one does so. If somebody
 * wrote meanwhile, it looks again and touches what stands now, once: that write may not have counted
 * as activity.
 */
export async function touch(
  engine: Engine,
  stored: Stored,
  isActivity: () => boolean,
): Promise<boolean> {
  const { touches, emit, times } = engine
  const { key, record } = stored
  const now = engine.now()
  if (!isActivity()) return false
  if (!touches.claim(key, record.lastActivityAt, now)) return false
  try {
    let touched = await touchAt(engine, stored, now)
    if (!touched) {
      const found = await find(engine, key, record.birth)
      const isDue = found.kind === 'live' && touchIsDue(found.stored.record, times, now)
      touched = isDue && (await touchAt(engine, found.stored, now))
    }
    if (touched) emit({ type: 'session:touched', handle: key })
    return touched
  } catch (error) {
    touches.giveBack(key, record.lastActivityAt)
    throw error
  }
}

async function touchAt(
  { store, times }: Engine,
  { key, record }: Stored,
  now: number,
): Promise<boolean> {
  return store.touch(key, record.version, now, expiryOf(record.createdAt, now, times))
}
