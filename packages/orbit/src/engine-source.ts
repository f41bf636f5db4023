import type { Keyring } from './keys.ts'
import type { KnownIds } from './known-ids.ts'
import type { RequestEngine } from './session/work.ts'
import type { Awaitable } from './stores/store.ts'

/** An engine that runs, with the keys of all its secrets. */
export interface RunningEngine {
  readonly engine: RequestEngine
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

/** The secrets of an engine: the first signs, all are accepted. */
export type Secrets = readonly [string, ...string[]]
