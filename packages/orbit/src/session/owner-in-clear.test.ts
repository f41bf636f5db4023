import { describe, expect, it } from 'vitest'
import { emptyContents } from './contents.ts'
import { encode } from './encoding.ts'
import { Owners } from './owner.ts'
import { withOwner } from './owner-in-clear.ts'
import { ended, moved, newSession, redirect, type StoredSession, toRecord } from './record.ts'
import { begun, type Times } from './times.ts'

const owners = new Owners(['adminId', 'userId'], 'session')
const times: Times = {
  idle: 60_000,
  absolute: 600_000,
  longest: { idle: 60_000, absolute: 600_000 },
  touchInterval: 6_000,
  grace: 10_000,
}
const now = Date.UTC(2030, 0, 1)
const successor = { key: 'A'.repeat(43), instance: 'A'.repeat(16) }
const emptyData = encode(emptyContents(), 1_000)

function sessionOf(values: Record<string, unknown>): StoredSession {
  const contents = { ...emptyContents(), data: new Map(Object.entries(values)) }
  return newSession({
    data: encode(contents, 10_000),
    owner: owners.of(contents),
    name: 'name',
    beginning: begun(now, times),
    now,
    times,
  })
}

const ownerOf = (session: StoredSession) => withOwner(toRecord(session), owners).owner

describe('the user of a record in the clear', () => {
  it.each([
    ['a string', { userId: 'user_1' }, 'user_1'],
    ['a number', { userId: 42 }, '42'],
    ['a bigint', { userId: 2n ** 64n }, '18446744073709551616'],
    ['next to data that JSON cannot represent', { userId: 'ada', at: new Date(0) }, 'ada'],
    ['the first key of the list that has a value', { userId: 'ada', adminId: 'root' }, 'root'],
  ])('is the id as a string: %s', (_, values, owner) => {
    expect(ownerOf(sessionOf(values))).toBe(owner)
  })

  it('is absent for a visitor', () => {
    expect(ownerOf(sessionOf({ cart: ['milk'] }))).toBeUndefined()
  })

  it('is absent for a session that has moved or ended', () => {
    const session = sessionOf({ userId: 'ada' })
    expect(ownerOf(moved(session, successor, now, times))).toBeUndefined()
    expect(ownerOf(ended(session, emptyData, now, times, true))).toBeUndefined()
    expect(ownerOf(redirect(successor, emptyData, now, times))).toBeUndefined()
  })

  it('is absent for a list of sessions and for the kept secret', () => {
    for (const payload of ['k1|ada', 'i1|ada', '']) {
      const record = { version: 'v', payload }
      expect(withOwner(record, owners)).toBe(record)
    }
  })
})
