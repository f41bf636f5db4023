import { describe, expect, it } from 'vitest'
import { makeKeyring } from './keys.ts'
import { KnownIds } from './known-ids.ts'
import { type Id, newRandom, signId } from './session/id.ts'

const ring = makeKeyring(['young'.padEnd(40, '.'), 'old'.padEnd(40, '.')], 'session')
const [keys, oldKeys] = ring
const visitor = (): Id => ({ kind: 'visitor', random: newRandom(), issuedAt: Date.UTC(2030, 0, 1) })

describe('ids that come again', () => {
  it('are read with the same result as the first time', () => {
    const known = new KnownIds(ring)
    const id = visitor()
    const text = signId(id, keys)
    const first = known.read(text)

    expect(first).toMatchObject({ id, isCurrent: true })
    expect(known.read(text)).toEqual(first)
  })

  it('differ if different secrets signed them', () => {
    const known = new KnownIds(ring)
    const id = visitor()

    expect(known.read(signId(id, oldKeys ?? keys))?.isCurrent).toBe(false)
    expect(known.read(signId(id, keys))?.isCurrent).toBe(true)
    expect(known.read(signId(id, oldKeys ?? keys))?.isCurrent).toBe(false)
  })

  it('do not make a similar forged id valid', () => {
    const known = new KnownIds(ring)
    const text = signId(visitor(), keys)
    for (let i = 0; i < 2; i += 1) {
      known.read(text)
      for (const forged of [
        text.slice(0, -1),
        `${text} `,
        text.toUpperCase(),
        text.replace(/^v/, 's'),
      ]) {
        expect(known.read(forged)).toBeUndefined()
      }
    }
  })

  it('are read correctly if there are more ids than the cache holds', () => {
    const known = new KnownIds(ring)
    const ids = Array.from({ length: 12_000 }, visitor)
    const texts = ids.map((id) => signId(id, keys))
    for (const text of texts) known.read(text)

    for (const [i, text] of texts.entries()) {
      if (i % 500 === 0) expect(known.read(text)?.id).toEqual(ids[i])
    }
  })

  it('of one secret are unknown to another secret', () => {
    const text = signId(visitor(), keys)
    new KnownIds(ring).read(text)

    expect(
      new KnownIds(makeKeyring(['foreign'.padEnd(40, '.')], 'session')).read(text),
    ).toBeUndefined()
  })
})
