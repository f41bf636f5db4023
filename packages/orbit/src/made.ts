import type { MiddlewareHandler } from 'hono'
import type { Settings } from './config.ts'
import type { Sessions } from './sessions.ts'

/** A middleware and the settings that it was created with. */
export interface Made {
  readonly middleware: MiddlewareHandler
  readonly settings: Settings
  readonly sessions: Sessions
  close(): Promise<void>
}

/**
 * Every middleware that `session()` and `OrbitSession` have created. Only the test client uses this: it finds
 * the middleware in an app and runs it before its own handler.
 */
export const made = new WeakMap<object, Made>()

/** The property of `globalThis` in which `gravito sessions` collects the middleware of an app while it is loaded. */
export const collected: unique symbol = Symbol.for('gravito.orbit.made')

/** Registers a middleware, so that the test client and `gravito sessions` find it. */
export function note(one: Made): void {
  made.set(one.middleware, one)
  const list: unknown = Reflect.get(globalThis, collected)
  if (Array.isArray(list)) list.push(one)
}
