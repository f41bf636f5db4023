import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { codeOf, isError } from './thrown.ts'

describe('an error of another realm, as Node throws it in Jest', () => {
  it('is an error', () => {
    expect(isError(runInNewContext('new TypeError("x")'))).toBe(true)
    expect(isError(runInNewContext('new AggregateError([])'))).toBe(true)
    expect(isError(runInNewContext('new (class Own extends Error {})'))).toBe(true)
  })

  it('keeps its code', () => {
    const thrown: unknown = runInNewContext('Object.assign(new Error("x"), { code: "ENOENT" })')
    expect(codeOf(thrown)).toBe('ENOENT')
  })
})

describe('an error of this realm', () => {
  it('is an error, with its code', () => {
    let thrown: unknown
    try {
      readFileSync('/nowhere')
    } catch (error) {
      thrown = error
    }
    expect(isError(thrown)).toBe(true)
    expect(codeOf(thrown)).toBe('ENOENT')
  })
})

it.each([undefined, null, 'Error', 5, {}, { message: 'x', code: 'ENOENT' }, []])(
  '%o is not an error and has no code',
  (value) => {
    expect(isError(value)).toBe(false)
    expect(codeOf(value)).toBeUndefined()
  },
)
