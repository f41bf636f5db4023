import type { SignInFacts } from './facts.ts'

/** A flashed value, with a mark that distinguishes it from another value under the same key. */
export interface FlashEntry {
  readonly mark: string
  readonly value: unknown
}

/** The payload of a record. It uses maps, so that every key is an ordinary key, even `__proto__`. */
export interface Contents {
  readonly data: Map<string, unknown>
  readonly flash: Map<string, FlashEntry>
  /** The expiry times of values that have their own expiry. */
  until: Map<string, number> | undefined
  /** The data that a sign-in stores in addition to the app's data. */
  facts: SignInFacts | undefined
}

export function emptyContents(): Contents {
  return { data: new Map(), flash: new Map(), until: undefined, facts: undefined }
}

/** A copy that can be changed. The values themselves are never changed. */
export function copyContents(contents: Contents): Contents {
  const { data, flash, until, facts } = contents
  return { data: new Map(data), flash: new Map(flash), until: until && new Map(until), facts }
}

/** The contents without expired values. Returns the same object if no value has expired. */
export function livingContents(contents: Contents, now: number): Contents {
  const dead = [...(contents.until ?? [])].filter(([, end]) => now >= end)
  if (dead.length === 0) return contents
  const living = copyContents(contents)
  for (const [key] of dead) {
    living.data.delete(key)
    endLife(living, key)
  }
  return living
}

/** Sets the expiry of a value. */
export function setLife(contents: Contents, key: string, until: number): void {
  contents.until ??= new Map()
  contents.until.set(key, until)
}

/** For a value that is removed, or that now stays as long as the session. */
export function endLife(contents: Contents, key: string): void {
  const { until } = contents
  if (until?.delete(key) && until.size === 0) contents.until = undefined
}

export function isEmpty(contents: Contents): boolean {
  return contents.data.size === 0 && contents.flash.size === 0
}
