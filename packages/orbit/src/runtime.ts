import type { Context } from 'hono'
import { getRuntimeKey } from 'hono/adapter'

/**
 * True on Cloudflare Workers. There, promises, timers and connections belong to the request that created them.
 * When that request is done, or its client has disconnected, they may never settle. So no request may wait for a
 * promise of another one. Bindings and secrets come with the request.
 */
export function isWorkers(): boolean {
  return getRuntimeKey() === 'workerd'
}

/**
 * Lets work finish when its client disconnects. Without this, Cloudflare Workers stops the request at once, even
 * in the middle of a commit.
 */
export function keepGoing(c: Context, work: Promise<unknown>): void {
  const settled = work.catch(() => {})
  try {
    c.executionCtx.waitUntil(settled)
  } catch {
    // The app was called without an execution context, as tests do.
  }
}
