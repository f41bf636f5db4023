import type { SessionRecord } from '../store.ts'
import { fromWord, toWord } from './word.ts'

/*
 * A record is one string: a line of ASCII, then the payload.
 *
 *   1 expiresAt lastActivityAt createdAt version birth owner successor-key successor-birth
 *
 * One string is read by one GET, is written by one SET together with its time to live, and takes
 * two thirds of the memory of a hash. A script reads the line only, never the payload. The first two
 * times have a fixed width, so that a touch overwrites them in place.
 */
const format = '1'
/** Instead of it, in a record that is not there yet: its owner's index does not know of it. */
const pendingFormat = '0'
/** No word of `toWord`. */
const none = '!'
/** As wide as any number that JavaScript prints. */
export const widthOfATime = 25
/** Of both times, and the space between them. */
export const widthOfTimes = 2 * widthOfATime + 1

export function toStored(record: SessionRecord, isPending = false): string {
  const { createdAt, version, birth, owner, successor, payload } = record
  const words = [version, birth, owner, successor?.key, successor?.birth]
  const line = words.map((word) => (word === undefined ? none : toWord(word))).join(' ')
  return `${isPending ? pendingFormat : format} ${timesOf(record)} ${createdAt} ${line}\n${payload}`
}

/** `expiresAt` and `lastActivityAt` as they stand in the line, right behind the format and a space. */
export function timesOf(times: Pick<SessionRecord, 'expiresAt' | 'lastActivityAt'>): string {
  const fixed = (time: number) => String(time).padEnd(widthOfATime)
  return `${fixed(times.expiresAt)} ${fixed(times.lastActivityAt)}`
}

/**
 * The record, or nothing where it is not there yet.
 *
 * @throws {Error} for what this version has not written; what a newer one wrote must stay
 */
export function fromStored(text: string): SessionRecord | undefined {
  if (text.startsWith(`${pendingFormat} `)) return undefined
  const end = Math.max(0, text.indexOf('\n'))
  const fields = text.slice(0, end).split(/ +/)
  const [first, expiresAt, lastActivityAt, createdAt, version, birth, owner, key, keyBirth] = fields
  if (
    first !== format ||
    version === undefined ||
    birth === undefined ||
    owner === undefined ||
    key === undefined ||
    keyBirth === undefined
  ) {
    throw new Error('Redis holds a session in a format that this version does not know.')
  }
  return {
    version: fromWord(version),
    birth: fromWord(birth),
    payload: text.slice(end + 1),
    createdAt: Number(createdAt),
    lastActivityAt: Number(lastActivityAt),
    expiresAt: Number(expiresAt),
    ...(owner === none ? {} : { owner: fromWord(owner) }),
    ...(key === none ? {} : { successor: { key: fromWord(key), birth: fromWord(keyBirth) } }),
  }
}
