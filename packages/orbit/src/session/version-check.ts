import { SessionError } from '../errors.ts'
import type { Awaitable } from '../stores/store.ts'
import type { Contents } from './contents.ts'
import { decode } from './encoding.ts'
import { endRecord } from './ending.ts'
import type { Engine } from './engine.ts'
import type { Stored } from './lookup.ts'
import type { OwnerVersions } from './owner-version.ts'
import { rewrite } from './rewrite.ts'
import type { State } from './state.ts'

/** When this process last compared the version of each session. It forgets sessions that are due again. */
export class Compared {
  readonly #interval: number
  /** Sorted by time. */
  readonly #times = new Map<string, number>()

  /** @param interval the minimum time between two comparisons, in milliseconds */
  constructor(interval: number) {
    this.#interval = interval
  }

  isDue(key: string, now: number): boolean {
    const last = this.#times.get(key)
    return last === undefined || Math.abs(now - last) >= this.#interval
  }

  /** Records that the session was compared and is still valid. */
  note(key: string, now: number): void {
    this.#times.delete(key)
    this.#times.set(key, now)
    for (const [oldest, time] of this.#times) {
      if (Math.abs(now - time) < this.#interval) return
      this.#times.delete(oldest)
    }
  }
}

/**
 * Returns the session's state if its user still has the same version as at the sign-in. Otherwise it ends the
 * session and returns the state of an ended session. An old id is compared like the session that it leads to.
 *
 * @param reopen looks up the session again
 */
export async function withCurrentVersion(
  engine: Engine,
  versions: OwnerVersions,
  state: State,
  reopen: () => Awaitable<State>,
): Promise<State> {
  for (let current = state; ; current = await reopen()) {
    const target = targetOf(current)
    if (target?.record.owner === undefined) return current
    const checked = await checkVersion(engine, versions, target)
    if (checked) return current.kind === 'live' ? { ...current, stored: checked } : current
    if (await endRecord(engine, target, false, 'owner-version')) {
      await (await engine.index()).leave(target.record.owner, target.record.name)
    }
  }
}

function targetOf(state: State): Stored | undefined {
  if (state.kind === 'moved') return state.end
  return state.kind === 'live' ? state.stored : undefined
}

/** @returns `undefined` if the user has another version or no longer exists */
async function checkVersion(
  engine: Engine,
  versions: OwnerVersions,
  stored: Stored,
): Promise<Stored | undefined> {
  const contents = stored.contents ?? decode(stored.record.data)
  const user = contents && engine.owners.userIn(contents)
  // Contents that cannot be read become a new session at the first use.
  if (!contents || !user) return stored
  const version = await versions.of(user)
  if (version === undefined) return undefined
  const known = contents.facts?.ownerVersion
  if (known !== undefined) return known === version ? stored : undefined
  return adopt(engine, stored, contents, version)
}

/** The session is older than the app's `ownerVersion`. It gets a version now, if the store accepts it. */
async function adopt(
  engine: Engine,
  stored: Stored,
  contents: Contents,
  ownerVersion: string,
): Promise<Stored> {
  const { owner = '', createdAt } = stored.record
  const facts = { owner, confirmedAt: createdAt, ...contents.facts, ownerVersion }
  try {
    const written = await rewrite(engine, stored, { ...contents, facts }, false)
    return written?.stored ?? stored
  } catch (error) {
    // The next comparison tries again. A request that only reads must not fail for this reason.
    if (error instanceof SessionError) return stored
    throw error
  }
}
