import { andThen, orElse } from './awaitable.ts'
import type { Settings } from './config.ts'
import type { EngineSource, RunningEngine, Secrets } from './engine-source.ts'
import { SessionConfigError, SessionError } from './errors.ts'
import { keptSecret, refuseTwoSecrets, secretOf } from './kept-secret.ts'
import { isWorkers } from './runtime.ts'
import { asKept, configured, ofProcess } from './secret-source.ts'
import { retryLimit } from './session/backoff.ts'
import { commit } from './session/commit.ts'
import { SessionDraft } from './session/draft.ts'
import { decode } from './session/encoding.ts'
import { handleOf } from './session/id.ts'
import { readLoaded } from './session/loaded.ts'
import { open } from './session/opening.ts'
import type { Owners } from './session/owner.ts'
import { tellingOwners } from './session/owner-in-clear.ts'
import { OwnerIndex } from './session/owner-sessions.ts'
import { OwnerVersions } from './session/owner-version.ts'
import { Queue } from './session/queue.ts'
import { type SignInHint, signInHint } from './session/sign-in-hint.ts'
import { stillStands } from './session/standing.ts'
import type { StoreEngine } from './session/store-engine.ts'
import { Touches, touch } from './session/touches.ts'
import { Turns } from './session/turns.ts'
import { Compared, withCurrentVersion } from './session/version-check.ts'
import { commitWithin, learn } from './session/within.ts'
import type { Work } from './session/work.ts'
import { perhapsOpen } from './stored-errors.ts'
import { type OpenStore, openStore } from './stores/drivers.ts'
import { timed } from './stores/guarded.ts'
import { warnOfInstances } from './stores/platforms.ts'
import type { SharedMemory } from './stores/shared-memory.ts'
import type { SynchronousStore } from './stores/store.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * The part of an engine that works on stored sessions. It is loaded when a request carries a session for the
 * first time, or creates one.
 */
export interface Stored extends Work {
  readonly store: SynchronousStore
  readonly drivers: OpenStore['drivers']
  readonly index: OwnerIndex
  readonly versions: OwnerVersions | undefined
  readonly source: EngineSource
  ready: () => Promise<void>
}

export function openStored({
  settings,
  around,
  base,
  owners,
  shared,
  own,
  runWith,
}: {
  readonly settings: Settings
  readonly around: Surroundings
  readonly base: StoreEngine
  readonly owners: Owners
  /** For the memory driver. */
  readonly shared: SharedMemory | undefined
  /** The engine with the configured secret or the secret of the process. */
  readonly own: RunningEngine | undefined
  readonly runWith: (secrets: Secrets) => RunningEngine
}): Stored {
  const { secrets, cookie, now, times } = settings
  warnOfInstances(settings, around)
  const { store, within, drivers } = openStore(settings, shared, around.warn, {
    onFailure: () => source.doubt(),
    prepared: (store) => (store.keepsOwner ? tellingOwners(store, owners) : store),
  })
  const kept = shared
    ? secretOf(shared, now)
    : keptSecret(store, cookie.name, now, () => {
        around.error(
          'The secret in the session store is shorter than 32 bytes, so anyone could forge ids. A new one replaces it. Check who can write to the store.',
        )
        base.emit({ type: 'session:secret-refused' })
      })
  const source = own
    ? secrets
      ? configured({ own, secrets, kept, absolute: times.longest.absolute, now, runWith })
      : ofProcess(own)
    : asKept(kept, runWith)
  const queue = isWorkers() ? new Turns() : new Queue(retryLimit)
  let hint: SignInHint | undefined
  const touches = new Touches(times.touchInterval)
  const versions =
    settings.ownerVersion && new OwnerVersions(settings.ownerVersion, settings.storeTimeout)
  const compared = new Compared(times.touchInterval)
  const refuseSecrets = async () => {
    const stores = (await drivers()).map((one) => timed(one, settings.storeTimeout))
    await refuseTwoSecrets(stores, cookie.name)
  }
  return {
    open: versions
      ? (engine, id, key, startedAt, last) => {
          const reopen = () => open(engine, id, key, startedAt, last)
          if (!compared.isDue(key, now())) return reopen()
          // Overlapping requests compare too: none may continue before the result is known.
          return andThen(reopen(), async (state) => {
            const checked = await withCurrentVersion(engine, versions, state, reopen)
            compared.note(key, now())
            return checked
          })
        }
      : open,
    versions,
    mayCompare: versions && ((key) => compared.isDue(key, now())),
    readLoaded,
    decode,
    stillStands,
    runDraft: SessionDraft.run,
    commit(engine, state, intent) {
      if (settings.isDevelopment && intent.view) {
        hint ??= signInHint(engine.owners, around.warn)
        hint(intent.changes, intent.view)
      }
      const key = 'stored' in state ? state.stored.key : handleOf(state.random)
      const inTurn = () => queue.run(key, () => commit(engine, state, intent))
      return intent.isAfterUndone ? orElse(inTurn, sayPerhapsOpen) : inTurn()
    },
    commitWithin: (engine, options, what) =>
      commitWithin(engine, within, settings.storeTimeout, options, what),
    learn,
    touch: (engine, stored, isActivity) => touch(engine, touches, stored, isActivity),
    store,
    drivers,
    index: new OwnerIndex(
      { ...base, store, queue },
      { most: settings.maxSessionsPerOwner, over: settings.sessionsOverLimit },
    ),
    source,
    async ready() {
      await store.ready()
      if (settings.from && !secrets) await refuseSecrets().catch(refuseHopeless)
      await Promise.resolve(source.start()).catch(refuseHopeless)
    },
  }
}

function sayPerhapsOpen(error: unknown): never {
  const isAway = error instanceof SessionError && error.code === 'session-unavailable'
  throw isAway ? perhapsOpen(error) : error
}

/** If the store is unavailable, the app still boots, and the first request tries again. */
function refuseHopeless(error: unknown): void {
  if (error instanceof SessionConfigError) throw error
  if (error instanceof SessionError && error.cause instanceof SessionConfigError) throw error.cause
}
