import { SessionError } from './errors.ts'
import type { Awaitable } from './stores/store.ts'

/**
 * A part of the code that is loaded when a request first needs it, so that an app starts with less. From
 * then on it is there at once. It remembers the part and no promise: on some runtimes a request may not wait
 * for a promise of another one, and a part that could not be loaded is tried again.
 *
 * @param load a function that calls `import()`
 */
export function onDemand<Part extends object>(load: () => Promise<Part>): () => Awaitable<Part> {
  let part: Part | undefined
  // Async, so that the promise is of this realm. In Jest on older Node releases, that of `import()` is not.
  const loading = async () => {
    try {
      // A plain object: checking whether a module's namespace is a promise takes a microsecond each time.
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
