import { describe, expect, test } from 'vitest'
import { Config } from './config.ts'

describe('config', () => {
  test('gives what boot was given, and the fallback for what is absent', () => {
    const config = new Config({ port: 8080 })
    expect(config.get('port')).toBe(8080)
    expect(config.get('mail')).toBeUndefined()
    expect(config.get('mail', 'none')).toBe('none')
  })

  test('null, false, 0 and the empty string are values; undefined is none', () => {
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

  test('knows nothing that nobody set, whatever objects inherit', () => {
    const config = new Config()
    expect(config.get('toString')).toBeUndefined()
    expect(config.has('__proto__')).toBe(false)
  })
})
