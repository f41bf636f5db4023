import { SessionConfigError, SessionError } from '../../errors.ts'
import { codeOf, isError } from '../../thrown.ts'
import type { Place } from './dialects.ts'
import { addOwnerTo, schemaOf } from './schema.ts'

/** What the codes of PostgreSQL (five characters) and of MariaDB and MySQL (a number) mean for the store. */
const kinds = {
  /** There is a record under this key. */
  taken: ['1062'],
  /** Another call came first, and this one has done nothing: a deadlock, or a strict isolation level. */
  conflict: ['40001', '40P01', '1213', '1020'],
  /** Another process has just created the same thing. */
  made: ['23505', '42P07', '42710', 'XX000', '1050'],
  noTable: ['42P01', '1146'],
  /** The statement is allowed only in a transaction. */
  noTransaction: ['25P01'],
  /** MySQL does not say whether a transaction is open. */
  noVariable: ['1193'],
  readOnly: ['25006', '1290', '1792', '1836'],
  full: ['53100', '1021', '1114'],
  noColumn: ['42703', '1054'],
  /** The table has other columns or no unique key, or a value does not fit into them. */
  otherTable: [
    '42P10',
    '42804',
    '42883',
    '22001',
    '22003',
    '22P02',
    '23502',
    '1264',
    '1364',
    '1366',
    '1406',
  ],
  /** Rights, the user, its password, the database, the schema. */
  refused: [
    '42501',
    '28000',
    '28P01',
    '3D000',
    '3F000',
    '1044',
    '1045',
    '1046',
    '1049',
    '1142',
    '1143',
  ],
} as const

type Kind = keyof typeof kinds

export function kindOf(error: unknown): Kind | undefined {
  const names = Object.keys(kinds).filter((name): name is Kind => name in kinds)
  const codes = codesIn(serversOwn(error))
  return names.find((name) => codes.some((code) => kinds[name].some((one) => one === code)))
}

/** Bun has its own code, and the code of the server in `errno`. mysql2 has a name and the number. */
function codesIn(error: unknown): string[] {
  const names = ['errno', 'code', 'originalCode']
  return names.map((name) => String(Reflect.get(Object(error), name)))
}

/** The error of the server, which an ORM may have wrapped. Prisma wraps it in most layers. */
export function serversOwn(error: unknown): unknown {
  const { cause, meta } = Object(error)
  const inner: unknown = Object(Object(meta).driverAdapterError).cause ?? cause
  return typeof inner === 'object' && inner !== null ? serversOwn(inner) : error
}

/** The message of an error. An error for several addresses of a host has only a code. */
export function messageOf(error: unknown): string {
  const own = serversOwn(error)
  const { originalMessage } = Object(own)
  if (typeof originalMessage === 'string') return originalMessage
  return isError(own) ? own.message || codeOf(own) || own.name : String(error)
}

/** How to create the table, for the message of an error. It is on one line, like all messages. */
export function howToMake(place: Place): string {
  return `Run this once, for example in a migration, or set createTable: true: ${asOneLine(schemaOf(place))}`
}

function asOneLine(statements: readonly string[]): string {
  return statements.map((text) => `${text.replace(/\s+/g, ' ')};`).join(' ')
}

/** For a client that sends writes to the primary, and reads to a replica. */
export const onPrimary =
  'The SQL client reads from a replica, which may not have the latest writes: users would be signed out, and sessions that have ended would come back. Sessions need the primary for reads too. Give the store a client that sends all statements to the primary.'

/**
 * The error for a reply of the server. It is a `SessionConfigError` if waiting does not help. It omits the details
 * and parameters of the original error, because they may contain the record (ASVS 16.2.5).
 */
export function explained(error: unknown, place: Place): unknown {
  if (error instanceof SessionError || error instanceof SessionConfigError) return error
  const problem = messageOf(error).replace(/\.$/, '')
  switch (kindOf(error)) {
    case 'noTable':
      return new SessionConfigError(`The SQL store has no table: ${problem}. ${howToMake(place)}`)
    case 'noColumn':
      if (place.ownerColumn && /\bowner\b/.test(problem)) {
        return new SessionConfigError(
          `The table ${place.table} of the SQL store has no column "owner": ${problem}. Run this once, for example in a migration, or remove ownerColumn: ${asOneLine(addOwnerTo(place))}`,
        )
      }
      return otherTable(problem, place)
    case 'otherTable':
      return otherTable(problem, place)
    case 'refused':
      return new SessionConfigError(
        `The SQL server refuses what sessions need: ${problem}. The user of database.client needs SELECT, INSERT, UPDATE and DELETE on the table ${place.table}${place.schema === undefined ? '' : ` of ${place.schema}`}.`,
      )
    case 'readOnly':
      return new Error(
        `The SQL server is read-only, like a replica: ${problem}. Sessions need the primary: use its address for database.client.`,
      )
    case 'full':
      return new SessionError(
        'session-store-full',
        `The SQL server has no room for sessions: ${problem}. Free some space on its disk.`,
      )
    default:
      return new Error(problem)
  }
}

function otherTable(problem: string, place: Place): SessionConfigError {
  return new SessionConfigError(
    `The table ${place.table} is not one that the SQL store can use: ${problem}. Set table to another name, or replace it. ${howToMake(place)}`,
  )
}
