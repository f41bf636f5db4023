import { find, type Stored } from './lookup.ts'
import { toRecord, touched } from './record.ts'
import type { StoreEngine } from './store-engine.ts'
import { touchIsDue } from './times.ts'

/**
 * The sessions that this process touched recently. Only the first of several overlapping requests touches a session.
 * A session is remembered for one to two intervals. After that, the record has the time.
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

  /** Whether to touch a session with this last activity. If so, it counts as touched. */
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

  /** Undoes a claim after the touch has failed. */
  giveBack(key: string, lastActivityAt: number): void {
    this.#recent.delete(`${key} ${lastActivityAt}`)
  }
}

/**
 * Writes the activity to the store if a touch is due. Only one of several overlapping requests does so. If another
 * request has written in the meantime, it reads again and touches the new version once, because that write may not
 * have counted as activity.
 */
export async function touch(
  engine: StoreEngine,
  touches: Touches,
  stored: Stored,
  isActivity: () => boolean,
): Promise<boolean> {
  const { emit, times } = engine
  const { key, record } = stored
  const now = engine.now()
  if (!isActivity()) return false
  if (!touches.claim(key, record.lastActivityAt, now)) return false
  try {
    let isTouched = await touchAt(engine, stored, now)
    if (!isTouched) {
      const found = await find(engine, key, record.instance)
      const isDue = found.kind === 'live' && touchIsDue(found.stored.record, times, now)
      isTouched = isDue && (await touchAt(engine, found.stored, now))
    }
    if (isTouched) emit({ type: 'session:touched', handle: key })
    else touches.giveBack(key, record.lastActivityAt)
    return isTouched
  } catch (error) {
    touches.giveBack(key, record.lastActivityAt)
    throw error
  }
}

async function touchAt(
  { store, times }: StoreEngine,
  { key, record }: Stored,
  now: number,
): Promise<boolean> {
  return store.compareAndSet(key, record.version, toRecord(touched(record, now, times)))
}
