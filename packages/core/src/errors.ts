/** Options of a {@link GravitoError}. */
export interface GravitoErrorOptions {
  /** The original error, as it was thrown. */
  cause?: unknown
}

/**
 * The class of all errors of the kernel. `code` is stable and in kebab-case, for use in programs. `message` says
 * what happened and what to do next. `cause` is the original error, if there is one.
 *
 * | code | when it is thrown |
 * |---|---|
 * | `option-unknown` | you passed an option to `boot` that does not exist |
 * | `orbit-install-failed` | an item of `orbits` is not an orbit, or its `install` threw |
 * | `root-invalid` | `root` is a URL, but not a `file:` URL |
 * | `routes-missing`, `routes-invalid`, `routes-failed` | the file in `routes` does not exist; it does not export a function as default; it threw |
 * | `route-invalid` | a handler is neither a function nor a valid `[Controller, 'method']` |
 * | `router-closed` | a route was registered after the first request |
 * | `port-invalid` | a port is not a whole number from 0 to 65535 |
 * | `entry-missing`, `entry-failed`, `entry-invalid` | `gravito serve` and `gravito sessions`: the module does not exist; it threw; its default export has no `fetch` |
 * | `tsx-missing` | `gravito serve` and `gravito sessions`: the entry is TypeScript, and `tsx` is not installed |
 * | `orbit-missing` | `gravito sessions`: `@gravito/orbit` is not installed in the app |
 * | `port-in-use`, `listen-failed` | `gravito serve`: the port could not be opened |
 * | `validation-failed` | a handler refused its input: see `ValidationError` |
 * | `usage` | `gravito`: a command or an option that does not exist |
 *
 * Orbits throw it with other codes.
 */
export class GravitoError extends Error {
  /** The name at the start of a printed stack. */
  override readonly name: string = 'GravitoError'
  /** A stable code in kebab-case. */
  readonly code: string

  /**
   * Orbits pass a code that they choose, a message that says what happened and what to do next, and the
   * original error as `cause`.
   */
  constructor(code: string, message: string, options: GravitoErrorOptions = {}) {
    // A property `cause: undefined` would show in every printed error.
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
  }
}

/**
 * Returns whether a thrown value is an error, from any realm. In test runners such as Jest, Node's own
 * errors are not instances of the test's `Error`.
 */
export function isError(thrown: unknown): thrown is Error {
  return thrown instanceof Error || Object.prototype.toString.call(thrown) === '[object Error]'
}

/** Returns the message of any thrown value, without a full stop at the end. */
export function messageOf(thrown: unknown): string {
  const message = isError(thrown) ? thrown.message || thrown.name : String(thrown)
  return message.replace(/\.$/, '')
}

/** Returns an error and its causes, each once, because a chain of causes can lead back to its start. */
export function chainOf(error: unknown): unknown[] {
  const chain = new Set<unknown>()
  let one = error
  do {
    chain.add(one)
    one = isError(one) ? one.cause : undefined
  } while (one !== undefined && !chain.has(one))
  return [...chain]
}

/** Returns whether this is a GravitoError, from any copy of this package. Its message says what to do next. */
export function explainsItself(error: unknown): error is GravitoError {
  return (
    isError(error) &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^[a-z]+(-[a-z]+)*$/.test(error.code)
  )
}
