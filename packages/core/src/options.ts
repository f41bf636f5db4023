import { GravitoError } from './errors.ts'

/**
 * Refuses a name that is no option, for what runs without a check of types: tsx, Bun, JavaScript.
 *
 * @throws {GravitoError} `option-unknown`
 */
export function checkNames(options: object, names: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw new GravitoError(
    'option-unknown',
    `${JSON.stringify(unknown)} is no option of defineConfig and PlanetCore.boot. There are: ${names.join(', ')}.`,
  )
}
