import { afterEach, describe, expect, test, vi } from 'vitest'
import { choosePort } from './port.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('the port', () => {
  test('is the argument, PORT, the configured port or 3000', () => {
    vi.stubEnv('PORT', '')
    expect(choosePort()).toBe(3000)
    expect(choosePort(undefined, 4000)).toBe(4000)
    vi.stubEnv('PORT', '5000')
    expect(choosePort(undefined, 4000)).toBe(5000)
    expect(choosePort(0, 4000)).toBe(0)
  })

  test.each(['http', '-1', '65536', '80.5', ' 80', '0x50', '8e1'])(
    'PORT=%s is refused with an error that names PORT',
    (port) => {
      vi.stubEnv('PORT', port)
      expect(() => choosePort()).toThrow(`PORT is "${port}", which is not a valid port`)
    },
  )

  test.each([Number.NaN, -1, 65536, 1.5])('%s is refused as argument and in the config', (port) => {
    vi.stubEnv('PORT', '')
    expect(() => choosePort(port)).toThrow('The argument of liftoff() is ')
    expect(() => choosePort(undefined, port)).toThrow(
      expect.objectContaining({ code: 'port-invalid' }),
    )
  })
})
