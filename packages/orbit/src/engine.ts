import type { Settings } from './config.ts'
import { SessionConfigError, SessionError } from './errors.ts'
import { type KeptSecret, keptSecret, type Secrets } from './kept-secret.ts'
import { type Keyring, makeKeyring, processSecret, randomText } from './keys.ts'
import { KnownIds } from './known-ids.ts'
import { Owners } from './session/owner.ts'
import { patience } from './session/patience.ts'
import { Queue } from './session/queue.ts'
import { signInHint as makeSignInHint } from './session/sign-in-hint.ts'
import type { Engine } from './session/state.ts'
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
  /** The engine for a request whose id the current one does not know: another process may. */
  reconsider: (current: RunningEngine) => Awaitable<RunningEngine>
}

/**
 * Makes the engine of a configuration. It runs at once where the secret is known, and otherwise as
 * soon as the store has told it; where the store fails, the next call asks again.
 */
export function makeEngine(
  settings: Settings,
  around: Surroundings,
): EngineSource & {
  withoutStore: () => RunningEngine
  ready: () => Promise<void>
  close: () => Promise<void>
} {
  const { now, times, maxBytes } = settings
  const kept = keptSecret(
    (proposal, unfit) => store.secret?.(proposal, unfit) ?? proposal,
    () => {
      around.error(
        'The secret that the session store kept is shorter than 32 bytes, so that anybody could forge ids. A new one takes its place. Find out who can write to the store.',
      )
      emit({ type: 'session:secret-refused' })
    },
  )
  const store = guarded(storeOf(settings, around.warn), settings.storeTimeout, kept.doubt)
  const emit = reporter(settings, around)
  const queue = new Queue(patience)
  const touches = new Touches(times.touchInterval)
  const owners = new Owners(settings.ownerKeys, settings.cookie.name)
  const signInHint = settings.isDevelopment ? makeSignInHint(owners, around.warn) : undefined

  const runWith = (secrets: Secrets): RunningEngine => {
    const keyring = makeKeyring(secrets, settings.cookie.name)
    const keys = keyring[0]
    const engine = { keys, store, times, owners, maxBytes, now, emit, queue, touches, signInHint }
    return { engine, keyring, ids: new KnownIds(keyring) }
  }

  const secrets = settings.secrets ?? (store.secret ? undefined : ([processSecret()] as const))
  if (!secrets) store.onConnect?.(kept.doubt)
  const source = secrets ? always(runWith(secrets)) : asTold(kept, runWith)

  let spare: RunningEngine | undefined
  return {
    ...source,
    withoutStore() {
      spare ??= runWith([randomText(32)])
      return spare
    },
    async ready() {
      await store.ready?.()
      if (!secrets) await Promise.resolve(source.start()).catch(refuseHopeless)
    },
    async close() {
      await store.close()
    },
  }
}

function always(running: RunningEngine): EngineSource {
  return { start: () => running, reconsider: () => running }
}

/** Runs with the secret that the store keeps, as soon as that is known. */
function asTold(kept: KeptSecret, runWith: (secrets: Secrets) => RunningEngine): EngineSource {
  let running: RunningEngine | undefined
  let asking: Promise<RunningEngine> | undefined

  const ask = (): Promise<RunningEngine> => {
    asking ??= kept
      .ask()
      .then((secrets) => {
        if (!running || secrets.length > 1) running = runWith(secrets)
        return running
      })
      .finally(() => {
        asking = undefined
      })
    return asking
  }
  const keep = (current: RunningEngine): Promise<RunningEngine> => ask().catch(() => current)

  return {
    start() {
      if (!running) return ask()
      if (kept.isDoubtful()) return keep(running)
      if (kept.isDue()) keep(running)
      return running
    },
    reconsider: (current) => (kept.mayAsk() ? keep(current) : (running ?? current)),
  }
}

/** A store that is away is no reason not to boot: the first request asks again. */
function refuseHopeless(error: unknown): void {
  if (error instanceof SessionError && error.cause instanceof SessionConfigError) throw error.cause
}
