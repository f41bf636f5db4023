/** A flashed value and the mark that tells it from another one flashed under the same key. */
export interface FlashEntry {
  readonly mark: string
  readonly value: unknown
}

/** What a record's payload holds. Maps, so that a key is only ever a key, `__proto__` too. */
export interface Contents {
  readonly data: Map<string, unknown>
  readonly flash: Map<string, FlashEntry>
}

export function emptyContents(): Contents {
  return { data: new Map(), flash: new Map() }
}

/** A copy that can be changed; the values themselves never are. */
export function copyContents(contents: Contents): Contents {
  return { data: new Map(contents.data), flash: new Map(contents.flash) }
}

export function isEmpty(contents: Contents): boolean {
  return contents.data.size === 0 && contents.flash.size === 0
}
