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
 * the middleware in an app and runs it before a handler of its own.
 */
export const made = new WeakMap<object, Made>()

/** Where, on `globalThis`, `gravito sessions` collects what an app makes while it is loaded. */
export const collected: unique symbol = Symbol.for('gravito.orbit.made')

/** Notes a middleware for those who look for it. */
export function note(one: Made): void {
  made.set(one.middleware, one)
  const list: unknown = Reflect.get(globalThis, collected)
  if (Array.isArray(list)) list.push(one)
}
