import { setImmediate as turn } from 'node:timers/promises'
import { refuse } from './checks.ts'
import { clockOf } from './clock.ts'
import { timed } from './stores/guarded.ts'
import { moveKey } from './stores/moving/look.ts'
import { refuseSameMedium } from './stores/moving/same-medium.ts'
import type { OwnerKeepingStore, SessionStore, WalkableStore } from './stores/store.ts'

/** Options of `moveSessions`. */
export interface MoveOptions {
  /**
   * The old store. It must have `keys()`. All stores of the package have it, except `durableObjectStore`, and
   * `cacheStore` with a cache that cannot list its keys.
   */
  from: SessionStore & Partial<WalkableStore & OwnerKeepingStore>
  /** The new store. If both stores keep the user of each session in the clear, the users move too. */
  to: SessionStore & Partial<OwnerKeepingStore>
  /** Called after each record that has moved or that was skipped. */
  onProgress?: ((progress: MoveProgress) => void) | undefined
  /** Stops the move between two records. Run it again to continue. */
  signal?: AbortSignal | undefined
  /** The clock of the app, in milliseconds since the epoch. Default `Date.now`. */
  now?: (() => number) | undefined
}

/** The progress of a move. */
export interface MoveProgress {
  /** The number of records that have moved: sessions, the lists of users, the kept secret. */
  readonly moved: number
  /**
   * The number of records that stay in the old store: records that cannot be read, and records whose key is
   * already in the new store. The app does not use them, because it reads the new store first.
   */
  readonly skipped: number
}

/** The result of a move. */
export interface MoveResult extends MoveProgress {
  /** Whether the old store has nothing left to move. `false` only if the signal has stopped the move. */
  readonly isComplete: boolean
}

/** How many records move at the same time. */
const atOnce = 8
/** The time limit of one store call, in milliseconds. It is long, because no request waits for it. */
const timeLimit = 10_000

/**
 * Moves all sessions from one store to another, with the lists of users and the kept secret, while the app
 * runs. **First configure `store: [to, from]` in every process of the app**: a process that has only the old store
 * does not find the sessions that have moved, so it signs their users out.
 *
 * You can stop it, kill it, run it again, and even run it twice at the same time: it continues where it stopped.
 * It ends when a walk over the old store finds nothing to move. After that, configure only `to` in every process.
 *
 * @throws {SessionConfigError} if the old store has no `keys()`, or if both stores use the same place
 * @throws the errors of the stores. Nothing is lost, so you can run it again
 * @example
 * const from = fileStore({ path: '/var/lib/shop/sessions' })
 * const to = redisStore({ url: 'redis://10.0.0.7:6379' })
 * const { moved } = await moveSessions({ from, to })
 * await Promise.all([from.close(), to.close()])
 */
export async function moveSessions(options: MoveOptions): Promise<MoveResult> {
  const { onProgress, signal } = options
  const now = clockOf('moveSessions.now', options.now)
  const keys = options.from.keys?.bind(options.from)
  if (!keys)
    refuse('moveSessions.from', 'has no keys(), which moveSessions() needs to find its records')
  const pair = { to: timed(options.to, timeLimit), from: timed(options.from, timeLimit) }
  if (signal?.aborted) return { moved: 0, skipped: 0, isComplete: false }
  await refuseSameMedium(pair.to, pair.from, now)
  let [moved, skipped] = [0, 0]

  /** Walks over the old store once. Returns true if it found nothing to move. */
  const walk = async (): Promise<boolean> => {
    const before = moved
    skipped = 0
    const walked = all(keys)
    const lane = async () => {
      // If one lane fails, the walk ends for all lanes.
      for await (const key of walked) {
        const outcome = await moveKey(pair, key, now)
        if (outcome === 'moved') moved += 1
        if (outcome === 'stays') skipped += 1
        if (outcome !== 'done') onProgress?.({ moved, skipped })
        if (signal?.aborted) return
        // Without this, synchronous stores would block the event loop.
        await turn()
      }
    }
    const lanes = await Promise.allSettled(Array.from({ length: atOnce }, lane))
    const failed = lanes.find((lane) => lane.status === 'rejected')
    if (failed) throw failed.reason
    return moved === before
  }

  while (!(await walk())) if (signal?.aborted) break
  return { moved, skipped, isComplete: !signal?.aborted }
}

async function* all(keys: WalkableStore['keys']): AsyncGenerator<string, void> {
  yield* keys()
}
