import { messageOf } from './errors.ts'
import type { Logger } from './logger.ts'
import { onOneLine } from './one-line.ts'

/**
 * The events of an app and what they carry. Orbits add theirs:
 *
 * ```ts
 * declare module 'gravito-core' {
 *   interface HookMap { 'mail:sent': { to: string } }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is there to be augmented.
export interface HookMap {}

/** What the event `K` carries: its type in {@link HookMap}, else `unknown`. */
export type HookPayload<K extends string> = K extends keyof HookMap ? HookMap[K] : unknown

/** Listens to one event. What it returns is ignored; a promise is not waited for. */
export type HookListener<K extends string> = (payload: HookPayload<K>) => unknown

type Name = (keyof HookMap & string) | (string & {})

/** Events between orbits and the app. Names outside {@link HookMap} work too, untyped. */
export class Hooks {
  readonly #listeners = new Map<string, Set<{ listener: HookListener<string> }>>()
  readonly #logger: Logger

  /** Events of their own, beside those of a core; the logger is told of listeners that fail. */
  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Calls `listener` at every `name` event, in the order of registration, until the returned function is called. */
  on<K extends Name>(name: K, listener: HookListener<K>): () => void {
    // An entry of its own, so that one function registered twice is called, and removed, twice.
    const entry = { listener }
    const entries = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, entries.add(entry))
    return () => {
      entries.delete(entry)
    }
  }

  /** Calls the listeners of `name`. Never throws: one that throws or rejects is logged, and the others run. */
  emit<K extends Name>(name: K, payload: HookPayload<K>): void {
    // A copy: a listener may add or remove others.
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
