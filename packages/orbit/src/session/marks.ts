import { randomText } from '../keys.ts'

/** 96 random bits: told apart, not guessed. */
const bytesOfAMark = 12

/** A fresh random text of 16 characters: a version, an instance, the public name of a session. */
export function newMark(): string {
  return randomText(bytesOfAMark)
}
