import { afterEach, describe, expect, test, vi } from 'vitest'
import { createLogger, type LogLevel } from './logger.ts'

function written(
  level: LogLevel | undefined,
  log: (logger: ReturnType<typeof createLogger>) => void,
) {
  const lines: unknown[] = []
  for (const method of ['debug', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((...args) => void lines.push(...args))
  }
  log(createLogger(level))
  return lines
}

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

describe('the default logger', () => {
  test('writes one line per event, with the details', () => {
    const lines = written('info', (logger) => {
      logger.info('Ready')
      logger.warn('Slow', { ms: 12n, nested: { a: 1 } })
    })
    expect(lines).toEqual([
      '[gravito] info: Ready',
      '[gravito] warn: Slow {"ms":"12","nested":{"a":1}}',
    ])
  })

  test('writes messages at its level or above: LOG_LEVEL, or info by default', () => {
    const all = (logger: ReturnType<typeof createLogger>) => {
      logger.debug('d')
      logger.info('i')
      logger.warn('w')
      logger.error('e')
    }
    expect(written('debug', all)).toHaveLength(4)
    expect(written(undefined, all)).toHaveLength(3)
    expect(written('silent', all)).toHaveLength(0)
    vi.stubEnv('LOG_LEVEL', 'error')
    expect(written(undefined, all)).toEqual(['[gravito] error: e'])
    vi.stubEnv('LOG_LEVEL', 'shout')
    expect(written(undefined, all)).toHaveLength(3)
  })

  test('a line break in a message does not start a new line', () => {
    expect(written('info', (logger) => logger.info('a\r\nb', { c: 'd\ne' }))).toEqual([
      '[gravito] info: a\\r\\nb {"c":"d\\ne"}',
    ])
  })

  test.each([0x00, 0x1b, 0x7f, 0x85, 0x9b, 0x2028, 0x2029, 0x202e])(
    'a message cannot end its line or control a terminal with the character %i',
    (code) => {
      const character = String.fromCharCode(code)
      const details = { said: `c${character}d` }
      const [line] = written('info', (logger) => logger.info(`a${character}b`, details))
      expect(line).not.toContain(character)
    },
  )

  test('the message of an error cannot look like a log line when its stack is printed', () => {
    const error = new Error('a\n[gravito] info: forged\r\n[gravito] info: too\u001b[2J')
    const lines = written('info', (logger) => logger.error('Failed', { error }))
    const printed = lines.join('\n').split('\n')
    expect(printed.filter((line) => line.startsWith('[gravito]'))).toHaveLength(1)
    expect(printed.join()).not.toContain('\u001b')
  })

  test('an error is written with its code and cause, and with its stack except in production', () => {
    const error = Object.assign(new Error('outer', { cause: new Error('inner') }), {
      code: 'x',
      token: 'secret',
    })
    const said =
      '[gravito] error: Failed {"error":{"name":"Error","code":"x","message":"outer","cause":{"name":"Error","message":"inner"}}}'
    const log = (logger: ReturnType<typeof createLogger>) => logger.error('Failed', { error })
    const [line, stack, ...more] = written('info', log)
    expect([line, ...more]).toEqual([said])
    expect(stack).toMatch(/^Error: outer\n {4}at [\s\S]*\nbecause: Error: inner\n {4}at /)
    vi.stubEnv('NODE_ENV', 'production')
    expect(written('info', log)).toEqual([said])
  })

  test('an error that is its own cause is written once, and does not throw', () => {
    const error = new Error('outer', { cause: new Error('inner') })
    Object.assign(Object(error.cause), { cause: error })
    const [line, stack, ...more] = written('info', (logger) => logger.error('Failed', { error }))
    expect([line, ...more]).toEqual(['[gravito] error: Failed {"details":"not serializable"}'])
    expect(String(stack).match(/Error: (outer|inner)\n/g)).toEqual([
      'Error: outer\n',
      'Error: inner\n',
    ])
  })

  test('details that cannot be serialized do not throw', () => {
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    expect(written('info', (logger) => logger.info('Odd', cycle))).toEqual([
      '[gravito] info: Odd {"details":"not serializable"}',
    ])
  })
})
