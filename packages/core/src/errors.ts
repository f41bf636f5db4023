/** What a {@link GravitoError} is made of besides its code and message. */
export interface GravitoErrorOptions {
  /** The error underneath, as it was thrown. */
  cause?: unknown
}

/**
 * Every error of the kernel. `code` is stable, kebab-case and meant for programs; `message` says
 * what happened and what to do next; `cause` is the error underneath, where there is one.
 *
 * | code | when |
 * |---|---|
 * | `option-unknown` | `boot` was given an option that does not exist |
 * | `orbit-install-failed` | something in `orbits` is no orbit, or its `install` threw |
 * | `root-invalid` | `root` is a URL, but no `file:` URL |
 * | `routes-missing`, `routes-invalid`, `routes-failed` | the file named by `routes` is not there; it has no function as default export; it threw |
 * | `route-invalid` | a handler is neither a function nor a usable `[Controller, 'method']` |
 * | `router-closed` | a route came after the first request |
 * | `port-invalid` | a port is no whole number from 0 to 65535 |
 * | `entry-missing`, `entry-failed`, `entry-invalid` | `gravito serve` and `gravito sessions`: the module is not there; it threw; its default export has no `fetch` |
 * | `tsx-missing` | the same: a TypeScript entry, and no `tsx` to run it |
 * | `orbit-missing` | `gravito sessions`: `@gravito/orbit` is not installed in the app |
 * | `port-in-use`, `listen-failed` | `gravito serve`: the port could not be opened |
 * | `validation-failed` | a handler refused its input: see `ValidationError` |
 * | `usage` | `gravito`: a command or an option that does not exist |
 *
 * Orbits extend it with codes of their own.
 */
export class GravitoError extends Error {
  /** What a printed stack begins with. */
  override readonly name: string = 'GravitoError'
  /** Stable, kebab-case. */
  readonly code: string

  /** Orbits throw their own: a code of theirs, what happened and what to do next, and the error underneath. */
  constructor(code: string, message: string, options: GravitoErrorOptions = {}) {
    // `cause` is set only where it was given: an own `cause: undefined` would show in every print.
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
  }
}

/**
 * Whether something thrown is an error, of whatever realm. In test runners such as Jest, the errors of
 * Node itself are not instances of the test's `Error`.
 */
export function isError(thrown: unknown): thrown is Error {
  return thrown instanceof Error || Object.prototype.toString.call(thrown) === '[object Error]'
}

/** The message of whatever was thrown, for the end of a sentence. */
export function messageOf(thrown: unknown): string {
  const message = isError(thrown) ? thrown.message || thrown.name : String(thrown)
  return message.replace(/\.$/, '')
}

/** An error and what lies underneath it, each once: a chain of causes may lead back to its beginning. */
export function chainOf(error: unknown): unknown[] {
  const chain = new Set<unknown>()
  let one = error
  do {
    chain.add(one)
    one = isError(one) ? one.cause : undefined
  } while (one !== undefined && !chain.has(one))
  return [...chain]
}

/** A GravitoError, of this copy of the package or of another: its message says what to do. */
export function explainsItself(error: unknown): error is GravitoError {
  return (
    isError(error) &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^[a-z]+(-[a-z]+)*$/.test(error.code)
  )
}
