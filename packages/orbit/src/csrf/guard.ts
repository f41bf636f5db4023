import type { Context } from 'hono'

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** RFC 9110, 9.2.1. Methods are compared with their case, so an unknown one is checked. */
export function isSafe(method: string): boolean {
  return safeMethods.has(method)
}

/** What is checked before a request's handler runs. */
export type Check = 'origin and token' | 'origin' | 'nothing'

export function checkOf(c: Context): Check {
  if (!isSafe(c.req.method) || isOverridden(c)) return 'origin and token'
  return isUpgrade(c) ? 'origin' : 'nothing'
}

/**
 * Whether it is a POST that a method override in front of us has renamed OPTIONS (`_method=OPTIONS`): its
 * form would reach the handlers of `app.all` (ASVS 3.5.3). A preflight has no body, and a form of another
 * site cannot pass for one.
 */
function isOverridden({ req }: Context): boolean {
  if (req.method !== 'OPTIONS' || req.header('Access-Control-Request-Method')) return false
  return ['Content-Type', 'Content-Length', 'Transfer-Encoding'].some((name) => req.header(name))
}

/**
 * A WebSocket begins with a GET that carries the cookies, from whatever page it comes: other than for
 * `fetch`, no browser asks the server whether that page may (ASVS 4.4.2). It sends no header of the
 * app's with it, so there is no token to ask for.
 */
function isUpgrade(c: Context): boolean {
  return c.req.header('Upgrade')?.toLowerCase() === 'websocket'
}
