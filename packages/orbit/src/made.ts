import type { MiddlewareHandler } from 'hono'
import type { Settings } from './config.ts'

/** A middleware and what it was made with. */
export interface Made {
  readonly middleware: MiddlewareHandler
  readonly settings: Settings
}

/**
 * Every middleware that `session()` and `OrbitSession` have made, for the test client. It finds the middleware
 * in an app, and runs it in front of a handler of its own. No request asks here.
 */
export const made = new WeakMap<object, Made>()
