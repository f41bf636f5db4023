import { describe, expect, it } from 'vitest'
import { secretsEqual } from './compare.ts'

describe('secretsEqual', () => {
  it.each([
    ['', ''],
    ['a', 'a'],
    ['é🍪', 'é🍪'],
    ['x'.repeat(10_000), 'x'.repeat(10_000)],
  ])('is true for equal strings: %j', (a, b) => {
    expect(secretsEqual(a, b)).toBe(true)
  })

  it.each([
    ['', 'a'],
    ['a', 'A'],
    ['a', 'a '],
    ['a', 'aa'],
    ['a', 'a\u0000'],
    ['é', 'e\u0301'],
    ['x'.repeat(10_000), `${'x'.repeat(9999)}y`],
  ])('is false for different strings of any length: %#', (a, b) => {
    expect(secretsEqual(a, b)).toBe(false)
  })
})
