import { secretsEqual } from './compare.ts'
import type { Settings } from './config.ts'
import { SessionConfigError, SessionError } from './errors.ts'
import { type KeptSecret, keptSecret } from './kept-secret.ts'
import { type Keyring, makeKeyring, randomText } from './keys.ts'
import { KnownIds } from './known-ids.ts'
import { retryLimit } from './session/backoff.ts'
import type { Engine } from './session/engine.ts'
import { Owners } from './session/owner.ts'
import { OwnerIndex } from './session/owner-sessions.ts'
import { Queue } from './session/queue.ts'
import { signInHint as makeSignInHint } from './session/sign-in-hint.ts'
import { Touches } from './session/touches.ts'
import { storeOf } from './stores/drivers.ts'
import { guarded } from './stores/guarded.ts'
import type { Awaitable } from './stores/store.ts'
import { reporter, type Surroundings } from './surroundings.ts'

/** An engine that runs, with the keys of all its secrets. */
export interface RunningEngine {
  readonly engine: Engine
  readonly keyring: Keyring
  readonly ids: KnownIds
}

/** Gives the engine to each request. */
export interface EngineSource {
  start: () => Awaitable<RunningEngine>
  /** The engine for a request whose id the current one does not know: another secret may have signed it. */
  reconsider: (current: RunningEngine) => Awaitable<RunningEngine>
  /**
   * The engine that signs the id of a session that was just stored. If the store has lost its data, other
   * processes may have made another secret, and would not know an id under ours.
   */
  confirm: (current: RunningEngine) => Awaitable<RunningEngine>
  /** The store may have lost its data, and with it the secret: look before the next request. */
  doubt: () => void
}

/** What the engine does without anybody's id: for work on stored sessions outside of requests. */
export type KeylessEngine = Omit<Engine, 'keys'>

/**
 * Makes the engine of a configuration. It runs at once if a secret is configured, and otherwise as soon
 * as the store has told the one that it keeps; if the store fails, the next call asks again.
 */
export function makeEngine(
  settings: Settings,
  around: Surroundings,
): EngineSource & {
  readonly keyless: KeylessEngine
  withoutStore: () => RunningEngine
  ready: () => Promise<void>
  close: () => Promise<void>
} {
  const { now, times, maxBytes, cookie } = settings
  const emit = reporter(settings, around)
  const source = storeOf(settings, around.warn)
  const store = guarded(source, settings.storeTimeout, () => engines.doubt())
  const queue = new Queue(retryLimit)
  const stored = { store, times, now, maxBytes, emit, queue }
  const owners = new Owners(settings.ownerKeys, cookie.name)
  const keyless: KeylessEngine = {
    ...stored,
    owners,
    index: new OwnerIndex(stored, {
      most: settings.maxSessionsPerOwner,
      over: settings.sessionsOverLimit,
    }),
    touches: new Touches(times.touchInterval),
    signInHint: settings.isDevelopment ? makeSignInHint(owners, around.warn) : undefined,
  }
  const kept = keptSecret(store, cookie.name, now, () => {
    around.error(
      'The secret that the session store kept is shorter than 32 bytes, so that anybody could forge ids. A new one takes its place. Find out who can write to the store.',
    )
    emit({ type: 'session:secret-refused' })
  })
  const runWith = (secrets: Secrets): RunningEngine => {
    const keyring = makeKeyring(secrets, cookie.name)
    return { engine: { ...keyless, keys: keyring[0] }, keyring, ids: new KnownIds(keyring) }
  }
  const { secrets } = settings
  const engines = secrets ? configured(secrets, kept, settings, runWith) : asKept(kept, runWith)

  let spare: RunningEngine | undefined
  return {
    ...engines,
    keyless,
    withoutStore() {
      spare ??= runWith([randomText(32)])
      return spare
    },
    async ready() {
      await source.ready?.()
      if (!secrets) await Promise.resolve(engines.start()).catch(refuseHopeless)
    },
    async close() {
      await store.close()
    },
  }
}

type Secrets = readonly [string, ...string[]]

/** How often an id that is not ours makes us look into the store, in milliseconds: anybody can send one. */
const lookAtMostEvery = 1_000

/** Runs with the secret that the store keeps, as soon as that is known. */
function asKept(kept: KeptSecret, runWith: (secrets: Secrets) => RunningEngine): EngineSource {
  let running: RunningEngine | undefined
  let known: string | undefined
  let lookedAt = Number.NEGATIVE_INFINITY
  let isInDoubt = false
  const look = oneAtATime(async () => {
    lookedAt = performance.now()
    isInDoubt = false
    const secret = await kept.keep(known)
    if (running && known !== undefined && secretsEqual(secret, known)) return running
    // If the store has lost its data, older cookies of visitors and open pages stay valid.
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
    // The look goes to the store that has just kept the session. If it fails, ours is the best we know.
    confirm: (current) => (mayLook() ? lookAgain(current) : (running ?? current)),
    doubt() {
      isInDoubt = true
    },
  }
}

/**
 * Runs with the configured secrets. If the store has kept one before, its ids stay valid for one absolute
 * timeout, so configuring a secret signs nobody out. The kept one is looked up once, when a request
 * carries an id that no configured secret has signed.
 */
function configured(
  secrets: Secrets,
  kept: KeptSecret,
  { times, now }: Settings,
  runWith: (secrets: Secrets) => RunningEngine,
): EngineSource {
  const own = runWith(secrets)
  let earlier: { readonly running: RunningEngine; readonly until: number } | 'none' | undefined
  const look = oneAtATime(async () => {
    const found = await kept.retire(times.absolute)
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

function oneAtATime<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  return () => {
    running ??= run().finally(() => {
      running = undefined
    })
    return running
  }
}

/** A store that is away is no reason not to boot: the first request asks again. */
function refuseHopeless(error: unknown): void {
  if (error instanceof SessionError && error.cause instanceof SessionConfigError) throw error.cause
}
