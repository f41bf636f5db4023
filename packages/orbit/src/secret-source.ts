import { secretsEqual } from './compare.ts'
import type { EngineSource, RunningEngine, Secrets } from './engine-source.ts'
import type { KeptSecret } from './kept-secret.ts'
import { isWorkers } from './runtime.ts'

type RunWith = (secrets: Secrets) => RunningEngine

/** In milliseconds. Unknown ids cause at most one read of the store in this time, because anyone can send them. */
const lookAtMostEvery = 1_000

/** Uses the secret in the store, as soon as it is loaded. */
export function asKept(kept: KeptSecret, runWith: RunWith): EngineSource {
  let running: RunningEngine | undefined
  let known: string | undefined
  let lookedAt = Number.NEGATIVE_INFINITY
  let isInDoubt = false
  const look = oneAtATime(async () => {
    lookedAt = performance.now()
    isInDoubt = false
    const secret = await kept.keep(known)
    if (running && known !== undefined && secretsEqual(secret, known)) return running
    // If the store has lost its data, existing cookies of visitors and open pages stay valid.
    running = runWith(known === undefined ? [secret] : [secret, known])
    known = secret
    return running
  })
  const mayLook = () => performance.now() - lookedAt >= lookAtMostEvery
  const lookAgain = (current: RunningEngine) => look().catch(() => current)
  return {
    start() {
      if (!running) return look()
      return isInDoubt && mayLook() ? lookAgain(running) : running
    },
    reconsider: (current) => (mayLook() ? lookAgain(current) : (running ?? current)),
    // The read goes to the store that has just stored the session. If it fails, our secret is the best guess.
    confirm: (current) => (mayLook() ? lookAgain(current) : (running ?? current)),
    doubt() {
      isInDoubt = true
    },
  }
}

/**
 * Uses the configured secrets. If the store still has an older secret, ids that it signed stay valid for one
 * absolute timeout, so configuring a secret does not sign users out. The stored secret is loaded once, when a request
 * carries an id that no configured secret has signed.
 */
export function configured({
  own,
  secrets,
  kept,
  absolute,
  now,
  runWith,
}: {
  readonly own: RunningEngine
  readonly secrets: Secrets
  readonly kept: Pick<KeptSecret, 'retire'>
  readonly absolute: number
  readonly now: () => number
  readonly runWith: RunWith
}): EngineSource {
  let earlier: { readonly running: RunningEngine; readonly until: number } | 'none' | undefined
  const look = oneAtATime(async () => {
    const found = await kept.retire(absolute)
    earlier = found ? { running: runWith([...secrets, found.secret]), until: found.until } : 'none'
    return current()
  })
  const current = () =>
    typeof earlier === 'object' && now() < earlier.until ? earlier.running : own
  return {
    start: current,
    reconsider: () => (earlier ? current() : look()),
    confirm: (current) => current,
    doubt() {},
  }
}

/** Uses the secret of the process, which never changes while the process runs. */
export function ofProcess(own: RunningEngine): EngineSource {
  return { start: () => own, reconsider: () => own, confirm: () => own, doubt() {} }
}

/** Calls at the same time share one run, except on runtimes where no request may wait for another one. */
function oneAtATime<T>(run: () => Promise<T>): () => Promise<T> {
  if (isWorkers()) return run
  let running: Promise<T> | undefined
  return () => {
    running ??= run().finally(() => {
      running = undefined
    })
    return running
  }
}
