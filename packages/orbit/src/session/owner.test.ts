import { describe, expect, it } from 'vitest'
import { emptyContents } from './contents.ts'
import { Owners } from './owner.ts'

function ownerOf(value: unknown): string | undefined {
  const contents = emptyContents()
  contents.data.set('userId', value)
  return new Owners(['userId'], 'session').of(contents)
}

describe('the owner of a session', () => {
  it('is hashed, so the store does not reveal the user', () => {
    expect(ownerOf('ada@example.com')).toBe(ownerOf('ada@example.com'))
    expect(ownerOf('ada@example.com')).toMatch(/^[\w-]{43}$/)
    expect(ownerOf('ada@example.com')).not.toContain('ada')
  })

  it('differs between types: 1, 1n and "1" are three users', () => {
    expect(new Set([ownerOf(1), ownerOf(1n), ownerOf('1')]).size).toBe(3)
  })

  it('differs between strings with the same beginning', () => {
    const texts = ['a', 'a ', ' a', 'A', 'string a', '', 'é', 'e\u0301', '\u0000']

    expect(new Set(texts.map(ownerOf)).size).toBe(texts.length)
  })

  it.each([null, undefined])('is absent if the value is %s', (value) => {
    expect(ownerOf(value)).toBeUndefined()
  })

  it('is absent if there is no value', () => {
    expect(new Owners(['userId'], 'session').of(emptyContents())).toBeUndefined()
  })

  it.each(['ada', '', 0, -1.5, 10n, null, undefined])('may be %s', (value) => {
    expect(() => new Owners(['userId'], 'session').check('userId', value)).not.toThrow()
  })

  it.each([
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [true],
    [{}],
    [['ada']],
    [new Date()],
    [new Map()],
  ])('may not be %s', (value) => {
    expect(() => new Owners(['userId'], 'session').check('userId', value)).toThrow(/userId/)
  })

  it.each([null, undefined, '', {}, Number.NaN])('cannot sign in as %s', (value) => {
    expect(() => new Owners(['userId'], 'session').checked(value)).toThrow(/userId/)
  })

  it.each<[unknown, string]>([
    ['', 'the string ""'],
    [{ id: 1 }, 'an object'],
    [undefined, 'undefined'],
  ])('the error for a sign-in as %j shows the value and says what to pass', (value, shown) => {
    expect(() => new Owners(['userId'], 'session').checked(value)).toThrow(
      `it must be a string that is not empty, a finite number or a bigint, but it is ${shown}. Pass the user's id: session.signIn(user.id). To sign out, call session.signOut().`,
    )
  })

  it('the error for a wrong value under its key shows the value', () => {
    expect(() => new Owners(['userId'], 'session').check('userId', true)).toThrow(
      'it must be a string, a finite number or a bigint, but it is true.',
    )
  })

  it('is the first of several keys that has a value', () => {
    const owners = new Owners(['userId', 'adminId'], 'session')
    const contents = emptyContents()
    contents.data.set('adminId', 7)
    expect(owners.idIn(contents)).toBe(7)
    contents.data.set('userId', 5)
    expect(owners.idIn(contents)).toBe(5)
    contents.data.set('userId', null)
    expect(owners.idIn(contents)).toBe(7)
  })

  it('differs between keys and between cookies', () => {
    const contents = emptyContents()
    contents.data.set('userId', 7)
    const others = emptyContents()
    others.data.set('adminId', 7)
    const keys = ['userId', 'adminId'] as const
    const hashes = [
      new Owners(keys, 'session').of(contents),
      new Owners(keys, 'session').of(others),
      new Owners(keys, 'shop').of(contents),
    ]
    expect(new Set(hashes).size).toBe(3)
  })

  it('is only read under its key', () => {
    expect(() => new Owners(['userId'], 'session').check('other', {})).not.toThrow()
  })
})
