import { SessionError } from './errors.ts'
import type { Awaitable } from './stores/store.ts'

/**
 * A part of the code that is loaded when a request first needs it, so that the app starts with less code. Later
 * calls return it at once. It stores the part, not the promise: on some runtimes, a request must not await a
 * promise of another request. If loading fails, the next call tries again.
 *
 * @param load a function that calls `import()`
 */
export function onDemand<Part extends object>(load: () => Promise<Part>): () => Awaitable<Part> {
  let part: Part | undefined
  // Async, so that the promise belongs to this realm. In Jest on older Node releases, that of `import()` does not.
  const loading = async () => {
    try {
      // A plain object, because checking a module namespace for a `then` takes a microsecond each time.
      part = { ...(await load()) }
      return part
    } catch (cause) {
      throw new SessionError(
        'session-unavailable',
        'A file of @gravito/orbit could not be loaded. Deploy all files of the app, and restart it after each deployment. The next request tries again.',
        { cause },
      )
    }
  }
  return () => part ?? loading()
}
