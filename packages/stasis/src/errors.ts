/** The codes of errors at run time. Codes are stable. Messages may change. */
export type CacheErrorCode =
  /** The store does not respond, or not in time. */
  | 'cache-unavailable'
  /** The stored value cannot be read, or the new value cannot be stored. */
  | 'cache-bad-value'
  | 'cache-bad-key'
  | 'cache-bad-ttl'
  /** The value that `increment` or `decrement` found, or the sum, is not a safe integer. */
  | 'cache-not-a-number'
  /** One entry is larger than the maximum size of the memory store. */
  | 'cache-too-large'
  /** There is no room for an entry that must not be dropped, in the memory store or on the server. */
  | 'cache-full'
  /** A newer release wrote an entry of a reserved space. */
  | 'cache-newer-format'

/** An error of the cache. `code` is for programs; `message` says what happened and what to do. */
export class CacheError extends Error {
  /** The name at the start of a printed stack. */
  override readonly name = 'CacheError'
  /** The stable code, for example `cache-unavailable`. */
  readonly code: CacheErrorCode

  /** `message` says what happened and what to do next. `cause` is the original error. */
  constructor(code: CacheErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** A configuration that cannot work. It is thrown at boot, never during a request. */
export class CacheConfigError extends Error {
  /** The name at the start of a printed stack. */
  override readonly name = 'CacheConfigError'
  /** The stable code. */
  readonly code = 'cache-config'
}
