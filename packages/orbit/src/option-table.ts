import { checkNames } from './checks.ts'

/** One row of the table: what the code knows about an option besides its type. */
export interface Option<Value = unknown> {
  /** The value if the option is not set. Without a default, there is none, or it depends on other options. */
  readonly default?: Value
  /** Throws a `SessionConfigError` for a value that cannot work. It is never called with `undefined`. */
  readonly check: (name: string, value: unknown) => void
}

/** Rows by option name. A section has its own rows. */
export interface Rows {
  readonly [name: string]: Option | Rows
}

/** One row for each option of a type. The compiler refuses a table without one of them. */
export type Table<Options, Section extends keyof Options = never> = {
  readonly [Name in keyof Options]-?: Name extends Section
    ? Table<Exclude<Options[Name], boolean | undefined>>
    : Option<Exclude<Options[Name], undefined>>
}

/** The rows, if each one is an option of the type. `satisfies` checks that only for literals. */
export type Exact<Given, Options> =
  Exclude<keyof Given, keyof Options> extends never ? Given : never

/** Checked options with their defaults. */
export type Checked<Options, Given> = {
  readonly [Name in keyof Options & keyof Given]-?: Given[Name] extends Option
    ?
        | Exclude<Options[Name], undefined>
        | (Given[Name] extends { readonly default: unknown } ? never : undefined)
    : Checked<Exclude<Options[Name], boolean | undefined>, Given[Name]>
}

/** Whether a row is an option, not a section. */
export const isOption = (row: Option | Rows): row is Option => typeof row.check === 'function'

/** The names of the sections of a table. */
export function sectionsOf(rows: Rows): string[] {
  return Object.keys(rows).filter((name) => rows[name] && !isOption(rows[name]))
}

/**
 * Checks options against their table, section by section, and fills in the defaults.
 *
 * @typeParam Options the type of the options after the check
 * @param section the name of the top level in messages: `session` for `session.maxBytes`
 * @throws {SessionConfigError} for a name that is not in the table, and for a value that is not valid
 */
export function checked<Options, Given extends Rows>(
  section: string,
  rows: Given,
  options: object,
): Checked<Options, Given> {
  // All names are in the table, and each value has passed its check.
  return valuesOf(section, rows, options, namesIn(section, rows)) as Checked<Options, Given>
}

type Names = Readonly<Record<string, readonly string[]>>

/** The names of all options, by section. */
function namesIn(section: string, rows: Rows): Names {
  const inside = Object.entries(rows).map(([name, row]) =>
    isOption(row) ? {} : namesIn(`${section}.${name}`, row),
  )
  return Object.assign({ [section]: Object.keys(rows) }, ...inside)
}

function valuesOf(section: string, rows: Rows, options: unknown, names: Names): object {
  checkNames(section, options, names)
  const values = Object.entries(rows).map(([name, row]) => {
    const value: unknown = Reflect.get(Object(options), name)
    if (!isOption(row)) return [name, valuesOf(`${section}.${name}`, row, value, names)]
    if (value === undefined) return [name, row.default]
    row.check(`${section}.${name}`, value)
    return [name, value]
  })
  return Object.fromEntries(values)
}
