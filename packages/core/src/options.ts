import { GravitoError } from './errors.ts'

/**
 * Refuses unknown option names, because tsx, Bun and JavaScript run without a type check.
 *
 * @throws {GravitoError} `option-unknown`
 */
export function checkNames(options: object, names: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw new GravitoError(
    'option-unknown',
    `${JSON.stringify(unknown)} is not an option of defineConfig or PlanetCore.boot. The options are: ${names.join(', ')}.`,
  )
}
