import type { SessionRecord } from '../store.ts'
import type { Membership } from './owners.ts'

/** What stands under a session's key. */
export interface Stored {
  readonly record: SessionRecord
  /** The record's entry in its owner's list. */
  readonly entry?: Membership | undefined
}

/** What a revoke leaves where an entry's record is not there yet: it must not be made any more. */
export interface Tombstone {
  readonly revoked: string
}

/** Raised when the form of the text changes; other versions are left alone. */
const format = 1

export function encode(content: Stored | Tombstone): string {
  return JSON.stringify({ format, ...content })
}

/** `undefined` for what is no text of ours: its place may be taken. */
export function decode(text: string): Stored | Tombstone | undefined {
  const content = parsed(text)
  if (typeof content !== 'object' || content === null || !('format' in content)) return undefined
  if (content.format !== format) {
    throw new TypeError('The cache holds a session of another format: a newer version wrote it.')
  }
  return content as unknown as Stored | Tombstone
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The most texts that are remembered, and how long one may be. */
const most = 500
const longest = 16 * 1024

/**
 * The texts that this process has seen last, so that a write after a read is one command: it
 * compares with the text that was read. A text that is old by then costs one look more.
 */
export class SeenTexts {
  readonly #texts = new Map<string, string>()

  see(key: string, text: string | undefined): void {
    this.#texts.delete(key)
    if (text === undefined || text.length > longest) return
    this.#texts.set(key, text)
    const oldest = this.#texts.keys().next()
    if (this.#texts.size > most && !oldest.done) this.#texts.delete(oldest.value)
  }

  seen(key: string): string | undefined {
    return this.#texts.get(key)
  }
}
