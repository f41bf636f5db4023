import type { Keys } from '../keys.ts'
import type { Awaitable } from '../stores/store.ts'
import type { Owners } from './owner.ts'
import type { OwnerIndex } from './owner-sessions.ts'
import type { OwnerVersions } from './owner-version.ts'
import type { StoreEngine } from './store-engine.ts'

/** What opening and committing a session need. It is a parameter, so that tests can replace the clock and the store. */
export interface Engine extends StoreEngine {
  /** The keys of the current secret. */
  readonly keys: Keys
  readonly owners: Owners
  /** The versions of users, if the app uses them. They are loaded with the code for stored sessions. */
  readonly versions: () => OwnerVersions | undefined
  /** The lists of users' sessions. They are loaded when they are first needed. */
  readonly index: () => Awaitable<OwnerIndex>
}
