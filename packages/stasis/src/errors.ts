/** The codes of errors at runtime. Codes are stable. Messages may change. */
export type CacheErrorCode =
  /** The store did not respond in time, or it failed. */
  | 'cache-unavailable'
  /** The stored value cannot be read, or the new value cannot be stored. */
  | 'cache-bad-value'
  /** The key is not a string, is empty or is not valid Unicode. */
  | 'cache-bad-key'
  /** The time to live is not a number of seconds above 0. */
  | 'cache-bad-ttl'
  /** The value that `increment` or `decrement` found, or the sum, is not a safe integer. */
  | 'cache-not-a-number'
  /** One entry is larger than the maximum size of the memory store. */
  | 'cache-too-large'
  /** The memory store or the server has no room for an entry that must not be removed. */
  | 'cache-full'
  /** A newer release wrote this entry of a reserved space. */
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

/** An error about a configuration that is not valid. It is thrown at startup, never during a request. */
export class CacheConfigError extends Error {
  /** The name at the start of a printed stack. */
  override readonly name = 'CacheConfigError'
  /** The stable code. */
  readonly code = 'cache-config'
}
