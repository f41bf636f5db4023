import { fromWord, toWord } from './word.ts'

/** Where things are kept. Each kind has its own names, whatever the app calls its owners. */
export interface Layout {
  readonly secret: string
  record(key: string): string
  owner(owner: string): string
}

export function layout(prefix: string): Layout {
  return {
    // A hash tag of its own: on a Cluster it is not moved along with anything else.
    secret: `${prefix}{secret}`,
    record: (key) => `${prefix}record:${toWord(key)}`,
    owner: (owner) => `${prefix}owner:${toWord(owner)}`,
  }
}

/** An entry of an owner's index: the record's key, and which birth, so that a later one is another. */
export function entryOf(key: string, birth: string): string {
  return `${toWord(key)} ${toWord(birth)}`
}

export function keyOf(entry: string): string {
  return fromWord(entry.slice(0, entry.indexOf(' ')))
}
