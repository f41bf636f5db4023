import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { makeKeyring } from '../keys.ts'
import { derivedFrom, handleOf, type Id, newRandom, readId, signId } from './id.ts'
import { newMark } from './marks.ts'

const [young, old, foreign] = ['young', 'old', 'foreign'].map((name) => name.padEnd(40, '.'))
const ring = makeKeyring([young ?? '', old ?? ''], 'session')
const [keys, oldKeys] = ring
const [foreignKeys] = makeKeyring([foreign ?? ''], 'session')
const [otherNameKeys] = makeKeyring([young ?? ''], 'other')

const ids: Record<string, Id> = {
  visitor: { kind: 'visitor', random: newRandom(), issuedAt: Date.UTC(2030, 0, 1) },
  stored: { kind: 'stored', random: newRandom(), instance: newMark() },
}

/** The content of a cookie, or `undefined`. */
const idOf = (text: string) => readId(text, ring)?.id

describe.each(Object.entries(ids))('the id of a %s session (R11)', (_, id) => {
  const text = signId(id, keys)

  it('comes back unchanged after signing', () => {
    expect(idOf(text)).toEqual(id)
  })

  it('is short, and has only characters that cookies and headers allow', () => {
    expect(text).toMatch(/^[\w.-]+$/)
    expect(text.length).toBeLessThan(200)
  })

  it('is read if an older secret signed it, but not if an unknown one did', () => {
    expect(idOf(signId(id, oldKeys ?? keys))).toEqual(id)
    expect(idOf(signId(id, foreignKeys))).toBeUndefined()
    expect(idOf(signId(id, otherNameKeys))).toBeUndefined()
  })

  it('is not read with any bit flipped', () => {
    for (let at = 0; at < text.length; at += 1) {
      for (let bit = 1; bit < 256; bit *= 2) {
        const other = String.fromCharCode(text.charCodeAt(at) ^ bit)
        expect(idOf(text.slice(0, at) + other + text.slice(at + 1))).toBeUndefined()
      }
    }
  })

  it('is not read if it is cut, extended, padded or repeated', () => {
    for (let length = 0; length < text.length; length += 1) {
      expect(idOf(text.slice(0, length))).toBeUndefined()
    }
    for (const other of [
      `${text}.`,
      `${text}=`,
      ` ${text}`,
      `${text}\n`,
      text + text,
      `.${text}`,
    ]) {
      expect(idOf(other)).toBeUndefined()
    }
  })

  it('is not read with parts of another id', () => {
    const other = signId({ ...id, random: newRandom() }, keys).split('.')
    const own = text.split('.')
    for (const part of [1, 3]) {
      expect(
        idOf(own.map((value, i) => (i === part ? other[part] : value)).join('.')),
      ).toBeUndefined()
    }
  })
})

describe('a made-up id (R11)', () => {
  it.each([
    '',
    '.',
    '...',
    'v...',
    's...',
    '__proto__',
    'v.a.b.c',
    'a'.repeat(100_000),
    '\u0000',
    '🍪',
  ])('is not read: %#', (text) => {
    expect(idOf(text)).toBeUndefined()
  })
})

describe('the handle', () => {
  it('is one-way and different for each id', () => {
    const [a, b] = [newRandom(), newRandom()]

    expect(handleOf(a)).toBe(handleOf(a))
    expect(handleOf(a)).not.toBe(handleOf(b))
    expect(handleOf(a)).not.toContain(a)
    expect(handleOf(a)).toMatch(/^[\w-]{43}$/)
  })
})

describe('the id derived from a dead one (R4)', () => {
  it('is the same each time, differs for another instance, and cannot be computed without the key', () => {
    const [random, instance] = [newRandom(), newMark()]
    const derived = derivedFrom({ random, instance }, keys)

    expect(derivedFrom({ random, instance }, keys)).toBe(derived)
    expect(derivedFrom({ random, instance: newMark() }, keys)).not.toBe(derived)
    expect(derivedFrom({ random, instance }, foreignKeys)).not.toBe(derived)
    expect(Buffer.from(derived, 'base64url').length).toBeGreaterThanOrEqual(16)
  })
})

describe('a new random part (R11)', () => {
  it('holds at least 128 bits and repeats none in ten thousand', () => {
    const drawn = Array.from({ length: 10_000 }, newRandom)

    expect(new Set(drawn).size).toBe(drawn.length)
    expect(Buffer.from(drawn[0] ?? '', 'base64url').length).toBeGreaterThanOrEqual(16)
  })
})

describe('ten thousand random parts (ASVS 7.2.3)', () => {
  const draws = Array.from({ length: 10_000 }, newRandom)

  it('are all different', () => {
    expect(new Set(draws).size).toBe(draws.length)
  })

  it('have every byte value at every position equally often', () => {
    const counts = Array.from({ length: 32 }, () => new Uint32Array(256))
    for (const draw of draws) {
      for (const [at, byte] of Buffer.from(draw, 'base64url').entries()) {
        const ofPosition = counts[at]
        if (!ofPosition) throw new Error('more than 32 bytes')
        ofPosition[byte] = (ofPosition[byte] ?? 0) + 1
      }
    }
    const expected = draws.length / 256
    const chiSquares = counts.map((ofPosition) =>
      ofPosition.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0),
    )

    // 255 degrees of freedom: chance alone exceeds 450 once in 10^12 runs. The version digit of a UUID would
    // give 150,000.
    expect(Math.max(...chiSquares)).toBeLessThan(450)
    expect(Math.min(...chiSquares)).toBeGreaterThan(120)
  })
})
