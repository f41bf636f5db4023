import type { Awaitable } from '../stores/store.ts'
import { endRecord } from './ending.ts'
import type { Engine } from './engine.ts'
import { readLoaded } from './loaded.ts'
import type { OwnerVersions } from './owner-version.ts'
import { rewrite } from './rewrite.ts'
import type { State, StateOf } from './state.ts'

/** How many sessions it remembers. Those that it forgets are compared once more. */
const mostRemembered = 10_000

/** When this process last compared the version of which session. */
export class Compared {
  readonly #interval: number
  readonly #times = new Map<string, number>()

  /** @param interval the minimum time between two comparisons, in milliseconds */
  constructor(interval: number) {
    this.#interval = interval
  }

  /** Whether it is time to compare. If so, it counts as done. */
  claim(key: string, now: number): boolean {
    const last = this.#times.get(key)
    if (last !== undefined && Math.abs(now - last) < this.#interval) return false
    // The one that was set longest ago comes first.
    this.#times.delete(key)
    this.#times.set(key, now)
    const [oldest] = this.#times.keys()
    if (this.#times.size > mostRemembered && oldest !== undefined) this.#times.delete(oldest)
    return true
  }

  /** The comparison has failed. */
  giveBack(key: string): void {
    this.#times.delete(key)
  }
}

/**
 * The state to go on from: that of the session if its user still has the version that it was signed in with.
 * Otherwise it ends the session, and the state is that of an ended one.
 *
 * @param reopen looks the session up again
 */
export async function withCurrentVersion(
  engine: Engine,
  versions: OwnerVersions,
  state: State,
  reopen: () => Awaitable<State>,
): Promise<State> {
  for (let current = state; ; current = await reopen()) {
    if (current.kind !== 'live' || current.stored.record.owner === undefined) return current
    const checked = await checkVersion(engine, versions, current)
    if (checked) return checked
    const { stored } = current
    if (await endRecord(engine, stored, false, 'owner-version')) {
      await (await engine.index()).leave(stored.record.owner, stored.record.name)
    }
  }
}

/** @returns nothing if the user has another version, or does not exist any more */
async function checkVersion(
  engine: Engine,
  versions: OwnerVersions,
  state: StateOf<'live'>,
): Promise<State | undefined> {
  const { contents } = readLoaded(engine, state)
  const userId = contents && engine.owners.idIn(contents)
  // Unreadable contents are a fresh session when they are read.
  if (!contents || userId === undefined) return state
  const version = await versions.of(userId)
  const known = contents.facts?.ownerVersion
  if (version === undefined) return undefined
  if (known !== undefined) return known === version ? state : undefined
  // It was signed in before the app had versions. From now on it has one.
  const { owner = '', createdAt } = state.stored.record
  const facts = { owner, confirmedAt: createdAt, ...contents.facts, ownerVersion: version }
  const written = await rewrite(engine, state.stored, { ...contents, facts }, false)
  return written ? { ...state, stored: written.stored } : state
}
