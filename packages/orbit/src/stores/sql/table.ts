import { oneOf, refuse, shown } from '../../checks.ts'
import { checked } from '../../option-table.ts'
import { type DialectName, schemaOf } from './dialects.ts'

/** Which table the sessions are in. */
export interface SqlTableOptions {
  /** `postgres`, or `mysql` for MySQL and MariaDB. Default: that of the client, if it has one. */
  dialect?: DialectName | undefined
  /** The table of the sessions. Default `sessions`. */
  table?: string | undefined
  /** The schema of the table in PostgreSQL, its database in MySQL. Default: that of the connection. */
  schema?: string | undefined
}

/** Their part of the table of options. */
export const placeRows = {
  dialect: { check: oneOf('postgres', 'mysql') },
  table: { default: 'sessions', check: aNameOf(50) },
  schema: { check: aNameOf(63) },
}

/**
 * The SQL that makes the table, for a migration. It does nothing if the table exists.
 *
 * @throws {SessionConfigError} for a name that is not letters, digits and `_`
 * @example
 * console.log(sessionsTable({ dialect: 'postgres' }))
 */
export function sessionsTable(options: SqlTableOptions & { dialect: DialectName }): string {
  const { dialect, table, schema } = checked<SqlTableOptions, typeof placeRows>(
    'sql',
    placeRows,
    options,
  )
  if (dialect === undefined) return refuse('sql.dialect', 'is needed. Write "postgres" or "mysql"')
  return `${schemaOf({ dialect, table, schema }).join(';\n')};\n`
}

/** What needs no quotes but those of the dialect, and with `_by_expiry` is not cut. */
function aNameOf(most: number) {
  return (name: string, value: unknown): void => {
    const isName = typeof value === 'string' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(value)
    if (isName && value.length <= most) return
    refuse(
      name,
      `is ${shown(value)}; it must be 1 to ${most} letters, digits and "_", and not begin with a digit`,
    )
  }
}
