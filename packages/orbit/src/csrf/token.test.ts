import { describe, expect, it } from 'vitest'
import { makeKeyring } from '../keys.ts'
import { newRandom } from '../session/id.ts'
import { isTokenOf, mask, tokenOf } from './token.ts'

const [young, old] = ['young'.padEnd(40, '.'), 'old'.padEnd(40, '.')]
const ring = makeKeyring([young, old], 'session')
const [keys, oldKeys] = ring
const [foreignKeys] = makeKeyring(['foreign'.padEnd(40, '.')], 'session')
const [otherNameKeys] = makeKeyring([young], 'other')
const random = newRandom()
const token = tokenOf(random, keys)

describe('a token (R20)', () => {
  it('is the same for the same id, and differs for another id, secret or cookie name', () => {
    const all = [
      token,
      tokenOf(newRandom(), keys),
      tokenOf(random, foreignKeys),
      tokenOf(random, otherNameKeys),
    ]

    expect(tokenOf(random, keys)).toBe(token)
    expect(new Set(all).size).toBe(all.length)
  })

  it('does not reveal the id, and has only characters that cookies, headers and HTML allow', () => {
    expect(token).not.toContain(random)
    expect(token).toMatch(/^[\w-]{43}$/)
  })

  it('belongs to its session, even with an older secret', () => {
    expect(isTokenOf(random, token, ring)).toBe(true)
    expect(isTokenOf(random, tokenOf(random, oldKeys ?? keys), ring)).toBe(true)
  })

  it('does not belong to another session or an unknown secret', () => {
    expect(isTokenOf(newRandom(), token, ring)).toBe(false)
    expect(isTokenOf(random, tokenOf(random, foreignKeys), ring)).toBe(false)
    expect(isTokenOf(random, tokenOf(random, otherNameKeys), ring)).toBe(false)
  })

  it('does not match with any bit flipped', () => {
    for (let at = 0; at < token.length; at += 1) {
      for (let bit = 1; bit < 128; bit *= 2) {
        const other = String.fromCharCode(token.charCodeAt(at) ^ bit)
        expect(isTokenOf(random, token.slice(0, at) + other + token.slice(at + 1), ring)).toBe(
          false,
        )
      }
    }
  })

  it.each([
    '',
    ' ',
    '=',
    'undefined',
    'null',
    '0',
    `${token} `,
    ` ${token}`,
    `${token}=`,
    token.slice(1),
    token + token,
    'A'.repeat(43),
    'A'.repeat(86),
    'A'.repeat(1e6),
    '\u0000',
    '🍪'.repeat(43),
  ])('does not match: %#', (text) => {
    expect(isTokenOf(random, text, ring)).toBe(false)
  })
})

describe('a masked token (R21)', () => {
  it('is a different string each time, does not contain the token, and is accepted as the token', () => {
    const texts = Array.from({ length: 100 }, () => mask(token))

    expect(new Set(texts).size).toBe(texts.length)
    for (const text of texts) {
      expect(text).toMatch(/^[\w-]+$/)
      expect(text).not.toContain(token)
      expect(isTokenOf(random, text, ring)).toBe(true)
      expect(isTokenOf(newRandom(), text, ring)).toBe(false)
    }
  })

  it('does not match with a character changed', () => {
    const text = mask(token)
    for (let at = 0; at < text.length - 1; at += 1) {
      const other = text[at] === 'A' ? 'B' : 'A'
      expect(isTokenOf(random, text.slice(0, at) + other + text.slice(at + 1), ring)).toBe(false)
    }
  })

  it('does not match if it is masked twice', () => {
    expect(isTokenOf(random, mask(mask(token)), ring)).toBe(false)
  })
})
