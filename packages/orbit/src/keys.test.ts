import { describe, expect, it } from 'vitest'
import { lengthPrefixed, makeKeyring, randomText } from './keys.ts'

const secret = 'a secret of the tests, long enough for HMAC'
const hex = (key: Uint8Array) => Buffer.from(key).toString('hex')

describe('the keys of a secret (R12)', () => {
  it('are of 256 bits, one for each purpose', () => {
    const [keys] = makeKeyring([secret], 'session')
    const all = Object.values(keys).map(hex)

    expect(new Set(all).size).toBe(all.length)
    for (const key of all) expect(key).toHaveLength(64)
  })

  it('are the same each time', () => {
    expect(makeKeyring([secret], 'session')).toEqual(makeKeyring([secret], 'session'))
  })

  it('differ for every purpose, name and secret', () => {
    const rings = [
      makeKeyring([secret], 'session'),
      makeKeyring([secret], 'session2'),
      makeKeyring([secret], 'Session'),
      makeKeyring([`${secret}!`], 'session'),
    ]
    const all = rings.flatMap(([keys]) => Object.values(keys).map(hex))

    expect(new Set(all).size).toBe(all.length)
  })

  it('are in the order of the secrets', () => {
    const other = `${secret}!`
    const ring = makeKeyring([other, secret], 'session')

    expect(ring).toEqual([...makeKeyring([other], 'session'), ...makeKeyring([secret], 'session')])
  })
})

describe('lengthPrefixed', () => {
  it.each([
    [
      ['ab', 'c'],
      ['a', 'bc'],
    ],
    [
      ['a', '', 'b'],
      ['a', 'b', ''],
    ],
    [['1:a'], ['1', 'a']],
    [['a1:b'], ['a', 'b']],
    [[''], []],
    [['3:abc'], ['abc']],
  ])('gives no two lists the same text: %j and %j', (a, b) => {
    expect(lengthPrefixed(...a)).not.toBe(lengthPrefixed(...b))
  })
})

describe('random texts', () => {
  it('hold the bytes that were asked for, and repeat none in ten thousand', () => {
    const texts = Array.from({ length: 10_000 }, () => randomText(16))

    expect(new Set(texts).size).toBe(texts.length)
    for (const text of texts) expect(Buffer.from(text, 'base64url')).toHaveLength(16)
  })

  it('use every value of a byte about as often, at every place', () => {
    const draws = 25_600
    const counts = Array.from({ length: 4 }, () => new Uint32Array(256))
    for (let i = 0; i < draws; i += 1) {
      const bytes = Buffer.from(randomText(4), 'base64url')
      for (const [place, count] of counts.entries()) {
        const byte = bytes[place] ?? 0
        count[byte] = (count[byte] ?? 0) + 1
      }
    }
    for (const count of counts) {
      const expected = draws / 256
      const chiSquare = count.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0)
      // 255 degrees of freedom: above 400 once in 10^8 runs.
      expect(chiSquare).toBeLessThan(400)
    }
  })
})
