import { messageOf } from './errors.ts'
import type { Logger } from './logger.ts'
import { onOneLine } from './one-line.ts'

/**
 * The events of an app and the types of their payloads. An orbit adds its own events:
 *
 * ```ts
 * declare module 'gravito-core' {
 *   interface HookMap { 'mail:sent': { to: string } }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: apps and orbits augment it.
export interface HookMap {}

/** The payload of the event `K`: its type in {@link HookMap}, or `unknown`. */
export type HookPayload<K extends string> = K extends keyof HookMap ? HookMap[K] : unknown

/** A listener for one event. Its return value is ignored. A promise is not awaited. */
export type HookListener<K extends string> = (payload: HookPayload<K>) => unknown

type Name = (keyof HookMap & string) | (string & {})

/** Events between orbits and the app. Event names that are not in {@link HookMap} work without types. */
export class Hooks {
  readonly #listeners = new Map<string, Set<{ listener: HookListener<string> }>>()
  readonly #logger: Logger

  /** Creates a separate set of hooks. `logger` gets the failures of listeners. */
  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Calls `listener` for every `name` event. Returns a function that removes it. Listeners run in registration order. */
  on<K extends Name>(name: K, listener: HookListener<K>): () => void {
    // A new entry each time: a function that is registered twice is called twice and removed one by one.
    const entry = { listener }
    const entries = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, entries.add(entry))
    return () => {
      entries.delete(entry)
    }
  }

  /** Calls the listeners of `name`. Never throws. If a listener fails, the failure is logged, and the next listeners run. */
  emit<K extends Name>(name: K, payload: HookPayload<K>): void {
    // A copy, because a listener may add or remove listeners.
    for (const { listener } of [...(this.#listeners.get(name) ?? [])]) {
      try {
        Promise.resolve(listener(payload)).catch((error) => this.#report(name, error))
      } catch (error) {
        this.#report(name, error)
      }
    }
  }

  #report(name: string, error: unknown): void {
    this.#logger.error(
      `A listener of ${JSON.stringify(name)} failed: ${onOneLine(messageOf(error))}`,
      { error },
    )
  }
}
