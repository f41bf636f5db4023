import { randomText } from '../keys.ts'

/** 96 random bits. Marks must be different, but they do not have to be secret. */
const bytesOfAMark = 12

/** A new random string of 16 characters, for a version, an instance or the public name of a session. */
export function newMark(): string {
  return randomText(bytesOfAMark)
}
