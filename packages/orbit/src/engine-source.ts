import type { Keyring } from './keys.ts'
import type { KnownIds } from './known-ids.ts'
import type { RequestEngine } from './session/work.ts'
import type { Awaitable } from './stores/store.ts'

/** A running engine, with the keys of all its secrets. */
export interface RunningEngine {
  readonly engine: RequestEngine
  readonly keyring: Keyring
  readonly ids: KnownIds
}

/** Provides each request with an engine. */
export interface EngineSource {
  start: () => Awaitable<RunningEngine>
  /** The engine for a request whose id the current engine does not know: another secret may have signed it. */
  reconsider: (current: RunningEngine) => Awaitable<RunningEngine>
  /**
   * The engine that signs the id of a session that was just stored. If the store has lost its data, another
   * process may have created a new secret. Then an id that our secret signs would be unknown there.
   */
  confirm: (current: RunningEngine) => Awaitable<RunningEngine>
  /** Reports that the store may have lost its data and the secret. The next request checks this. */
  doubt: () => void
}

/** The secrets of an engine. The first one signs. All of them are accepted. */
export type Secrets = readonly [string, ...string[]]
