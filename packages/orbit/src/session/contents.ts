import type { SignInFacts } from './facts.ts'

/** A flashed value and the mark that tells it from another one flashed under the same key. */
export interface FlashEntry {
  readonly mark: string
  readonly value: unknown
}

/** What a record's payload holds. Maps, so that a key is only ever a key, `__proto__` too. */
export interface Contents {
  readonly data: Map<string, unknown>
  readonly flash: Map<string, FlashEntry>
  /** Of values with a life of their own: when it ends. */
  until: Map<string, number> | undefined
  /** What a sign-in keeps beside the data. */
  facts: SignInFacts | undefined
}

export function emptyContents(): Contents {
  return { data: new Map(), flash: new Map(), until: undefined, facts: undefined }
}

/** A copy that can be changed; the values themselves never are. */
export function copyContents(contents: Contents): Contents {
  const { data, flash, until, facts } = contents
  return { data: new Map(data), flash: new Map(flash), until: until && new Map(until), facts }
}

/** The contents without the values whose life has ended: the same object if there are none. */
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

/** Gives a value a life of its own. */
export function setLife(contents: Contents, key: string, until: number): void {
  contents.until ??= new Map()
  contents.until.set(key, until)
}

/** The value under the key is gone, or lives as long as the session. */
export function endLife(contents: Contents, key: string): void {
  const { until } = contents
  if (until?.delete(key) && until.size === 0) contents.until = undefined
}

export function isEmpty(contents: Contents): boolean {
  return contents.data.size === 0 && contents.flash.size === 0
}
