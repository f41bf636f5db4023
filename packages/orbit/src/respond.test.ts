import { describe, expect, it } from 'vitest'
import { markPrivate } from './respond.ts'

function marked(init: Record<string, string>, cookies: string[] = []): Headers {
  const headers = new Headers(init)
  markPrivate(headers, cookies)
  return headers
}

describe('markPrivate (R14)', () => {
  it.each([
    ['public', 'private'],
    ['public, s-maxage=10', 'private'],
    ['max-age=10, public, must-revalidate', 'private, max-age=10, must-revalidate'],
    ['S-MAXAGE=10,PUBLIC', 'private'],
    ['s-maxage="10"', 'private'],
    ['no-store, public', 'no-store'],
    ['no-cache', 'private, no-cache'],
    ['private', 'private'],
    ['immutable, max-age=31536000', 'private, immutable, max-age=31536000'],
  ])('%s becomes %s', (given, expected) => {
    expect(marked({ 'Cache-Control': given }).get('Cache-Control')).toBe(expected)
  })

  it('keeps shared caches from storing the response, however the header is written', () => {
    for (const given of [
      'Public',
      ' public ',
      's-maxage=5',
      'public,public',
      'max-age=1,s-maxage=2',
      's-maxage',
    ]) {
      const said = marked({ 'Cache-Control': given }).get('Cache-Control') ?? ''
      expect(said, given).not.toMatch(/public|s-maxage/i)
      expect(said, given).toMatch(/private|no-store/)
    }
  })

  it('adds cookies to the existing ones', () => {
    const headers = marked({ 'Set-Cookie': 'a=1', 'Cache-Control': 'public' }, ['b=2', 'c=3'])

    expect(headers.getSetCookie()).toEqual(['a=1', 'b=2', 'c=3'])
    expect(headers.get('Cache-Control')).toBe('no-store')
  })

  it('writes Vary: Cookie once', () => {
    const headers = marked({ Vary: 'Origin' })
    markPrivate(headers, [])

    expect(headers.get('Vary')).toBe('Origin, Cookie')
  })
})
