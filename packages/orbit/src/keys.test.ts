import { createHmac, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { lengthPrefixed, type Mac, macWith, makeKeyring, randomText } from './keys.ts'

const secret = 'a secret of the tests, long enough for HMAC'
const shown = (mac: Mac) => mac('a text')
/** The MACs of one string under each key of a ring. */
const macsOf = (ring: ReturnType<typeof makeKeyring>) =>
  ring.flatMap((keys) => Object.values(keys).map(shown))

describe('the keys of a secret (R12)', () => {
  it('differ for each purpose', () => {
    expect(new Set(macsOf(makeKeyring([secret], 'session'))).size).toBe(3)
  })

  it('are the same each time', () => {
    expect(macsOf(makeKeyring([secret], 'session'))).toEqual(
      macsOf(makeKeyring([secret], 'session')),
    )
  })

  it('differ for every purpose, name and secret', () => {
    const all = [
      makeKeyring([secret], 'session'),
      makeKeyring([secret], 'session2'),
      makeKeyring([secret], 'Session'),
      makeKeyring([`${secret}!`], 'session'),
    ].flatMap(macsOf)

    expect(new Set(all).size).toBe(all.length)
  })

  it('are in the order of the secrets', () => {
    const other = `${secret}!`
    const ring = makeKeyring([other, secret], 'session')

    expect(macsOf(ring)).toEqual(
      [[other] as const, [secret] as const].flatMap((one) => macsOf(makeKeyring(one, 'session'))),
    )
  })
})

describe('a MAC', () => {
  const lengths = [0, 1, 55, 56, 63, 64, 65, 86, 255, 256, 257, 1_000, 10_000]

  it.each([16, 32, 64])('is the platform’s HMAC-SHA-256, with a key of %i bytes', (size) => {
    const key = randomBytes(size)
    const mac = macWith(key)
    for (const character of ['a', '~', 'é', '€', '😀', '\0']) {
      for (const length of [...lengths, ...lengths.toReversed()]) {
        const text = character.repeat(length)
        const expected = createHmac('sha256', key).update(text).digest('base64url')
        expect(mac(text)).toBe(expected)
      }
    }
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
  ])('gives different lists different strings: %j and %j', (a, b) => {
    expect(lengthPrefixed(...a)).not.toBe(lengthPrefixed(...b))
  })
})

describe('random strings', () => {
  it('have the requested number of bytes, without a repetition in ten thousand', () => {
    const texts = Array.from({ length: 10_000 }, () => randomText(16))

    expect(new Set(texts).size).toBe(texts.length)
    for (const text of texts) expect(Buffer.from(text, 'base64url')).toHaveLength(16)
  })

  it('have every byte value about equally often, at every position', () => {
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
      // 255 degrees of freedom: it is above 400 once in 10^8 runs.
      expect(chiSquare).toBeLessThan(400)
    }
  })
})
