import { describe, expect, it } from 'vitest'
import { secretsOf } from './secrets.ts'

const [long, older, oldest] = ['x', 'y', 'z'].map((letter) => letter.repeat(32))

describe('the secrets', () => {
  it('are session.secret or, if it is not set, APP_KEY', () => {
    expect(secretsOf(long, { APP_KEY: older })).toEqual([long])
    expect(secretsOf([long, oldest], {})).toEqual([long, oldest])
    expect(secretsOf(undefined, { APP_KEY: long })).toEqual([long])
    expect(secretsOf(undefined, { APP_KEY: '' })).toBeUndefined()
    expect(secretsOf(undefined, {})).toBeUndefined()
  })

  it('are APP_KEY and then the keys of APP_PREVIOUS_KEYS, separated by commas', () => {
    const APP_PREVIOUS_KEYS = `${older}, ${oldest},`

    expect(secretsOf(undefined, { APP_KEY: long, APP_PREVIOUS_KEYS })).toEqual([
      long,
      older,
      oldest,
    ])
  })

  it('stay the same if you move one from APP_KEY to APP_PREVIOUS_KEYS with a line break at its end', () => {
    const before = secretsOf(undefined, { APP_KEY: `${older}\n` })
    const after = secretsOf(undefined, { APP_KEY: long, APP_PREVIOUS_KEYS: `${older}\n` })

    expect(after).toEqual([long, ...(before ?? [])])
  })

  it('are only session.secret, whatever is in the environment', () => {
    expect(secretsOf(long, { APP_KEY: older, APP_PREVIOUS_KEYS: 'short' })).toEqual([long])
  })

  it.each([
    ['session.secret', 'my-password', {}],
    ['APP_KEY', undefined, { APP_KEY: 'my-password' }],
    ['APP_PREVIOUS_KEYS', undefined, { APP_KEY: long, APP_PREVIOUS_KEYS: `${older},my-password` }],
  ])(
    'below 32 bytes are refused with an error that names %s and does not show them',
    (name, secret, environment) => {
      expect(() => secretsOf(secret, environment)).toThrow(
        new RegExp(`^(?!.*my-password)${name} has a secret of less than 32 bytes`),
      )
    },
  )

  it.each([[5], [null], [new Uint8Array(32)], [[long, undefined]]])(
    'that are not strings are refused: %j',
    (secret) => {
      expect(() => secretsOf(secret, {})).toThrow(/^session\.secret is of type .* must be a string/)
    },
  )

  it('are refused as an empty list', () => {
    expect(() => secretsOf([], {})).toThrow(
      'session.secret is an empty list; add at least one secret.',
    )
  })

  it('are refused if there are previous keys but no current key', () => {
    expect(() => secretsOf(undefined, { APP_PREVIOUS_KEYS: older })).toThrow(/set APP_KEY/)
  })
})
