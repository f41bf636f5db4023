import { chainOf, isError } from './errors.ts'
import { onOneLine } from './one-line.ts'
import { environment } from './runtime.ts'

/**
 * Where the kernel and the orbits write. Any object with these four methods does; a throwing one
 * is not caught. `details` are for programs: an `error` in them is the value that was thrown.
 */
export interface Logger {
  /** What only who looks for a fault wants to read. */
  debug(message: string, details?: Record<string, unknown>): void
  /** What is as it should be. */
  info(message: string, details?: Record<string, unknown>): void
  /** What works, and should be changed all the same. */
  warn(message: string, details?: Record<string, unknown>): void
  /** What went wrong. */
  error(message: string, details?: Record<string, unknown>): void
}

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const

/** From the most talkative to none at all. */
export type LogLevel = (typeof LEVELS)[number]

/**
 * The default logger: one line per event on the console, `[gravito] warn: message {"key":"value"}`;
 * `debug` and `info` go to standard output, `warn` and `error` to standard error.
 *
 * `level` is the lowest that is written: by default the `LOG_LEVEL` variable, else `info`.
 * Unless `NODE_ENV` is `production`, the stack of an error in `details` follows, as Node prints it.
 */
export function createLogger(level: LogLevel = levelOfEnvironment()): Logger {
  const threshold = LEVELS.indexOf(level)
  const at = (name: 'debug' | 'info' | 'warn' | 'error'): Logger['info'] => {
    if (LEVELS.indexOf(name) < threshold) return () => {}
    return (message, details) => {
      console[name](`[gravito] ${name}: ${line(message, details)}`)
      const isProduction = environment('NODE_ENV') === 'production'
      const stack = isProduction ? undefined : stackOf(details?.error)
      if (stack !== undefined) console[name](stack)
    }
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

function levelOfEnvironment(): LogLevel {
  // An unknown level is no reason to stop a boot.
  return LEVELS.find((level) => level === environment('LOG_LEVEL')) ?? 'info'
}

function line(message: string, details: Record<string, unknown> = {}): string {
  const text = Object.keys(details).length === 0 ? message : `${message} ${serialize(details)}`
  return onOneLine(text)
}

function serialize(details: Record<string, unknown>): string {
  try {
    return JSON.stringify(details, (_key, value: unknown) => {
      if (typeof value === 'bigint') return String(value)
      return isError(value) ? describe(value) : value
    })
  } catch {
    // Cycles, or a toJSON that throws.
    return '{"details":"not serializable"}'
  }
}

/** Not all that an error carries: a client's error may hold the headers it sent. */
function describe(error: Error): Record<string, unknown> {
  const { name, message, cause } = error
  return { name, code: 'code' in error ? error.code : undefined, message, cause }
}

function stackOf(error: unknown): string | undefined {
  const stacks = chainOf(error)
    .flatMap((one) => (isError(one) && one.stack) || [])
    .map(indented)
  return stacks.length > 0 ? stacks.join('\nbecause: ') : undefined
}

/** Every line but the first begins with spaces, so that no message can imitate a line of the log. */
function indented(stack: string): string {
  return stack
    .split(/[\r\n\u2028\u2029]+/)
    .map((line, index) => (index === 0 ? '' : '    ') + onOneLine(line.trim()))
    .join('\n')
}
