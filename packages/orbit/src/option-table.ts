import { checkNames } from './checks.ts'

/** What the code knows of an option, besides its type: its row in the table. */
export interface Option<Value = unknown> {
  /** The value if the option is left out. Without it there is none, or it depends on other things. */
  readonly default?: Value
  /** Throws a `SessionConfigError` for a value that cannot work. It never gets `undefined`. */
  readonly check: (name: string, value: unknown) => void
}

/** Rows by the names of their options; a section has rows of its own. */
export interface Rows {
  readonly [name: string]: Option | Rows
}

/** A row for each option of a type: the compiler refuses a table that lacks one. */
export type Table<Options, Section extends keyof Options = never> = {
  readonly [Name in keyof Options]-?: Name extends Section
    ? Table<Exclude<Options[Name], boolean | undefined>>
    : Option<Exclude<Options[Name], undefined>>
}

/** These rows if each is one of an option of the type. Only of a literal does `satisfies` ask that. */
export type Exact<Given, Options> =
  Exclude<keyof Given, keyof Options> extends never ? Given : never

/** Options that have been checked, with their defaults. */
export type Checked<Options, Given> = {
  readonly [Name in keyof Options & keyof Given]-?: Given[Name] extends Option
    ?
        | Exclude<Options[Name], undefined>
        | (Given[Name] extends { readonly default: unknown } ? never : undefined)
    : Checked<Exclude<Options[Name], boolean | undefined>, Given[Name]>
}

/** Whether a row is one of an option, not of a section. */
export const isOption = (row: Option | Rows): row is Option => typeof row.check === 'function'

/** The names of the sections of a table. */
export function sectionsOf(rows: Rows): string[] {
  return Object.keys(rows).filter((name) => rows[name] && !isOption(rows[name]))
}

/**
 * Checks options against their table, section by section, and fills in the defaults.
 *
 * @typeParam Options the type of the options; that they are of it is what is checked
 * @param section how messages call what holds the options: `session` for `session.maxBytes`
 * @throws {SessionConfigError} for a name that is not in the table, and for a value that cannot work
 */
export function checked<Options, Given extends Rows>(
  section: string,
  rows: Given,
  options: object,
): Checked<Options, Given> {
  // The names are those of the table, and each value has passed the check of its row.
  return valuesOf(section, rows, options, namesIn(section, rows)) as Checked<Options, Given>
}

type Names = Readonly<Record<string, readonly string[]>>

/** All names of options, by section. */
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
