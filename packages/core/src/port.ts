import { GravitoError } from './errors.ts'
import { environment } from './runtime.ts'

const DEFAULT_PORT = 3000

/** Returns the port to serve on: the argument, the `PORT` variable, the configured port or 3000. */
export function choosePort(argument?: number, configured?: number): number {
  if (argument !== undefined) return valid(argument, 'The argument of liftoff()')
  const variable = environment('PORT')
  if (variable !== undefined) return valid(variable, 'PORT')
  return configured === undefined ? DEFAULT_PORT : valid(configured, 'config.port')
}

function valid(port: number | string, source: string): number {
  // Number() alone would accept ' 80 ', '0x50' and '8e1'.
  if (/^\d{1,5}$/.test(String(port)) && Number(port) <= 65535) return Number(port)
  throw new GravitoError(
    'port-invalid',
    `${source} is ${JSON.stringify(port)}, which is not a valid port. Use a whole number from 0 to 65535.`,
  )
}
