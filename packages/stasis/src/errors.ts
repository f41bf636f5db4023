/** What can go wrong with a cache at run time. Codes are stable; messages may improve. */
export type CacheErrorCode =
  /** The store does not answer, or not in time. */
  | 'cache-unavailable'
  /** What stands under the key, or is to stand there, is nothing that a cache keeps. */
  | 'cache-bad-value'
  | 'cache-bad-key'
  | 'cache-bad-ttl'
  /** `increment` or `decrement` where no whole number stands, or beyond the safe integers. */
  | 'cache-not-a-number'
  /** One entry is larger than the whole memory store may be. */
  | 'cache-too-large'
  /** What may not be dropped no longer fits: into the memory store, or on the server. */
  | 'cache-full'
  /** A newer release wrote an entry of a reserved space. */
  | 'cache-newer-format'

/** An error of the cache. `code` is for programs; `message` says what happened and what to do. */
export class CacheError extends Error {
  /** What a printed stack begins with. */
  override readonly name = 'CacheError'
  /** The stable code, for example `cache-unavailable`. */
  readonly code: CacheErrorCode

  /** The code, what happened and what to do, and the error underneath as `cause`. */
  constructor(code: CacheErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** A configuration that cannot work; thrown at boot, never during a request. */
export class CacheConfigError extends Error {
  /** What a printed stack begins with. */
  override readonly name = 'CacheConfigError'
  /** The stable code. */
  readonly code = 'cache-config'
}
