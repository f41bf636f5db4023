import type { Context } from 'hono'

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** RFC 9110, 9.2.1. Methods are case-sensitive, so `get` counts as unsafe. */
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
 * Whether a method override before this middleware renamed a POST to OPTIONS (`_method=OPTIONS`). Its form
 * would reach the handlers of `app.all` (ASVS 3.5.3). A real preflight has no body, and a form of another
 * site cannot look like one.
 */
function isOverridden({ req }: Context): boolean {
  if (req.method !== 'OPTIONS' || req.header('Access-Control-Request-Method')) return false
  return ['Content-Type', 'Content-Length', 'Transfer-Encoding'].some((name) => req.header(name))
}

/**
 * A WebSocket connection starts with a GET that carries the cookies, and any page can send it. Unlike for `fetch`,
 * browsers do not ask the server whether that page may connect (ASVS 4.4.2). A page cannot add a header to it, so
 * there is no token to check.
 */
function isUpgrade(c: Context): boolean {
  return c.req.header('Upgrade')?.toLowerCase() === 'websocket'
}
