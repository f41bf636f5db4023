import { GravitoError } from './errors.ts'
import { environment } from './runtime.ts'

const DEFAULT_PORT = 3000

/** The port to serve on: the argument, else the `PORT` variable, else the configured one, else 3000. */
export function choosePort(argument?: number, configured?: number): number {
  if (argument !== undefined) return valid(argument, 'the argument of liftoff()')
  const variable = environment('PORT')
  if (variable !== undefined) return valid(variable, 'the PORT variable')
  return configured === undefined ? DEFAULT_PORT : valid(configured, 'config.port')
}

function valid(port: number | string, source: string): number {
  // Not Number() alone: it would take ' 80 ', '0x50' and '8e1'.
  if (/^\d{1,5}$/.test(String(port)) && Number(port) <= 65535) return Number(port)
  throw new GravitoError(
    'port-invalid',
    `${JSON.stringify(port)}, from ${source}, is no port. Give a whole number from 0 to 65535.`,
  )
}
