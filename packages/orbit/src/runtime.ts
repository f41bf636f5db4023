import type { Context } from 'hono'
import { getRuntimeKey } from 'hono/adapter'

/**
 * Whether this is Cloudflare Workers. A promise, a timer and a connection belong there to the request that made
 * them. When that request is done, or its client has gone, they may never settle. So no request may wait for
 * anything of another one, and bindings and secrets come with the request.
 */
export function isWorkers(): boolean {
  return getRuntimeKey() === 'workerd'
}

/**
 * On Cloudflare Workers a request stops where it is when its client goes away, in the middle of a commit, too.
 * What it has begun here goes on.
 */
export function keepGoing(c: Context, work: Promise<unknown>): void {
  const settled = work.catch(() => {})
  try {
    c.executionCtx.waitUntil(settled)
  } catch {
    // The app was called without one, as tests do.
  }
}
