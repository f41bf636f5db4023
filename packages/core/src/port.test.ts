import { afterEach, describe, expect, test, vi } from 'vitest'
import { choosePort } from './port.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('the port', () => {
  test('is the argument, else PORT, else the configured one, else 3000', () => {
    vi.stubEnv('PORT', '')
    expect(choosePort()).toBe(3000)
    expect(choosePort(undefined, 4000)).toBe(4000)
    vi.stubEnv('PORT', '5000')
    expect(choosePort(undefined, 4000)).toBe(5000)
    expect(choosePort(0, 4000)).toBe(0)
  })

  test.each(['http', '-1', '65536', '80.5', ' 80', '0x50', '8e1'])(
    'PORT=%s is refused by name',
    (port) => {
      vi.stubEnv('PORT', port)
      expect(() => choosePort()).toThrow(`"${port}", from the PORT variable, is no port`)
    },
  )

  test.each([Number.NaN, -1, 65536, 1.5])('%s is refused as argument and in the config', (port) => {
    vi.stubEnv('PORT', '')
    expect(() => choosePort(port)).toThrow('from the argument of liftoff()')
    expect(() => choosePort(undefined, port)).toThrow(
      expect.objectContaining({ code: 'port-invalid' }),
    )
  })
})
