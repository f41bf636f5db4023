import { oneOf, refuse } from '../../checks.ts'
import { checked } from '../../option-table.ts'
import { driverOptions } from '../options.ts'
import type { DialectName } from './dialects.ts'
import { drizzleOf } from './drizzle.ts'
import { prismaOf } from './prisma.ts'
import { schemaOf } from './schema.ts'

/** Options that name and describe the table of the sessions. */
export interface SqlTableOptions {
  /** `postgres`, or `mysql` for MySQL and MariaDB. Default: the dialect of the client, if the client has one. */
  dialect?: DialectName | undefined
  /** The table of the sessions. Default `sessions`. */
  table?: string | undefined
  /** The schema of the table in PostgreSQL, or its database in MySQL. Default: that of the connection. */
  schema?: string | undefined
  /**
   * Whether the table has a column `owner` with the unhashed id of the signed-in user, so that a query can
   * join it. Default `false`.
   */
  ownerColumn?: boolean | undefined
}

/** Options of `sessionsTable`: the table, and the form of its definition. */
export interface SessionsTableOptions extends SqlTableOptions {
  /** `postgres`, or `mysql` for MySQL and MariaDB. */
  dialect: DialectName
  /** `sql` for a migration, `drizzle` for a schema of Drizzle, `prisma` for a model of Prisma. Default `sql`. */
  format?: 'sql' | 'drizzle' | 'prisma' | undefined
}

const { dialect, table, schema, ownerColumn } = driverOptions.database
const rows = {
  dialect,
  table,
  schema,
  ownerColumn,
  format: { default: 'sql', check: oneOf('sql', 'drizzle', 'prisma') },
}

const printers = { drizzle: drizzleOf, prisma: prismaOf }

/**
 * Returns the definition of the table: the SQL for a migration, which does nothing if the table exists, or the
 * code for a schema of Drizzle or Prisma.
 *
 * @throws {SessionConfigError} for a name that contains anything except letters, digits and `_`
 * @example
 * console.log(sessionsTable({ dialect: 'postgres' }))
 * console.log(sessionsTable({ dialect: 'mysql', format: 'drizzle', ownerColumn: true }))
 */
export function sessionsTable(options: SessionsTableOptions): string {
  const { dialect, format, ...place } = checked<SessionsTableOptions, typeof rows>(
    'sessionsTable',
    rows,
    options,
  )
  if (dialect === undefined)
    return refuse('sessionsTable.dialect', 'is required. Set it to "postgres" or "mysql"')
  if (format === 'sql') return `${schemaOf({ ...place, dialect }).join(';\n')};\n`
  return printers[format]({ ...place, dialect })
}
