import { describe, expect, it } from 'vitest'
import { SessionConfigError, SessionError } from './errors.ts'
import { onOneLine, quote } from './quote.ts'

/** Characters that end a line or control a terminal: C0, DEL, C1, separators, direction marks. */
const control = [...Array(32).keys(), 0x7f, 0x85, 0x9b, 0x2028, 0x2029, 0x202e, 0x2066, 0xfeff]

describe('a string that a message quotes', () => {
  it.each(control)('cannot start another line or control a terminal: character %i', (code) => {
    const character = String.fromCharCode(code)
    const quoted = quote(`a${character}b`)

    expect(quoted).not.toContain(character)
    expect(JSON.parse(quoted)).toBe(`a${character}b`)
  })

  it('cannot end its own quotes', () => {
    expect(quote('a" and "b\\')).toBe(String.raw`"a\" and \"b\\"`)
  })

  it('is cut after 200 characters', () => {
    expect(quote('x'.repeat(1_000_000))).toBe(`"${'x'.repeat(200)}…"`)
  })

  it('keeps ordinary text', () => {
    expect(quote('Größe 大小 🍪')).toBe('"Größe 大小 🍪"')
  })
})

describe('the message of an error', () => {
  it.each([
    ['SessionError', new SessionError('session-bad-value', 'one\n2026 INFO forged')],
    ['SessionConfigError', new SessionConfigError('one\n2026 INFO forged')],
  ])('of the class %s is on one line, whatever it contains', (_, error) => {
    expect(error.message).toBe(onOneLine('one\n2026 INFO forged'))
    expect(error.message).toBe(String.raw`one\n2026 INFO forged`)
  })
})
