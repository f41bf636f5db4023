import { describe, expect, test } from 'vitest'
import { Config } from './config.ts'

describe('config', () => {
  test('returns the values given to boot, and the fallback for absent keys', () => {
    const config = new Config({ port: 8080 })
    expect(config.get('port')).toBe(8080)
    expect(config.get('mail')).toBeUndefined()
    expect(config.get('mail', 'none')).toBe('none')
  })

  test('null, false, 0 and the empty string are values, but undefined is not', () => {
    const config = new Config({ port: undefined })
    for (const value of [null, false, 0, '']) {
      config.set('flag', value)
      expect(config.get('flag', 'fallback')).toBe(value)
      expect(config.has('flag')).toBe(true)
    }
    expect(config.get('port', 3000)).toBe(3000)
    expect(config.has('port')).toBe(false)
    expect(config.has('absent')).toBe(false)
  })

  test('has no value for names that every object inherits', () => {
    const config = new Config()
    expect(config.get('toString')).toBeUndefined()
    expect(config.has('__proto__')).toBe(false)
  })
})
