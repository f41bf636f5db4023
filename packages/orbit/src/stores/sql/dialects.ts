import { SessionConfigError } from '../../errors.ts'
import { type SessionRecord, unreadable } from '../store.ts'

/** PostgreSQL, or MariaDB and MySQL. */
export type DialectName = 'postgres' | 'mysql'

/** What a statement is given. */
export type SqlValue = string | number | null

/** Where the sessions are. */
export interface Place {
  readonly dialect: DialectName
  readonly table: string
  readonly schema: string | undefined
  /** Whether there is a column for the user in the clear. */
  readonly ownerColumn: boolean
}

/** So many rows one step of a sweep removes. */
export const batch = 200
/** So many keys one step of a walk reads. */
const page = 1_000
/** So many characters a user's id may have in its column. That of OpenID Connect has no more. */
export const longestOwner = 255

/** The names are letters, digits and "_", so quotes are all that they need. */
export function nameOf({ dialect, table, schema }: Place): string {
  const mark = dialect === 'postgres' ? '"' : '`'
  return [schema, table]
    .flatMap((name) => (name === undefined ? [] : `${mark}${name}${mark}`))
    .join('.')
}

/**
 * The statements of the store. Each is a transaction of its own, finds its rows by their key and locks
 * nothing else, so two of them cannot wait for each other. How many rows it changed is the answer.
 */
export function statementsOf(place: Place) {
  const isPostgres = place.dialect === 'postgres'
  const name = nameOf(place)
  const write = (text: string) => {
    let count = 0
    const numbered = () => {
      count += 1
      return `$${count}`
    }
    return isPostgres ? text.replace(/\?/g, numbered) : text.replaceAll('"', '`')
  }
  // As an expression, so that MariaDB and MySQL find the row by its key, whatever they guess: one that is found by
  // its time has its place in that index locked first and then its row, and a write locks them in the other order.
  const expiry = isPostgres ? '"expires_at"' : '("expires_at" + 0)'
  const live = `(${expiry} IS NULL OR ${expiry} > ?)`
  const columns = `"version", "expires_at", "evictable", "payload"${place.ownerColumn ? ', "owner"' : ''}`
  const set = columns.replace(/"\w+"/g, (column) => `${column} = ?`)
  const excluded = columns.replace(/"\w+"/g, (column) => `${column} = excluded.${column}`)
  const values = columns.replace(/"\w+"/g, '?')
  const insert = `INSERT INTO ${name} (${columns}, "key") VALUES (${values}, ?)`
  const expired = `SELECT "key" FROM ${name} WHERE "expires_at" <= ? ORDER BY "expires_at" LIMIT ${batch}`
  const several = Array.from({ length: batch }, () => '?').join(', ')
  const load = `SELECT ${columns} FROM ${name} WHERE "key" = ? AND ${live}`
  return {
    /** Whether the record's user is one of the values that the statements take. */
    keepsOwner: place.ownerColumn,
    load: write(load),
    /** Of a transaction that may see an older state of the table: the row as it is, and it stays so. */
    loadLatest: write(`${load} FOR UPDATE`),
    /**
     * Tells whether a transaction is open. PostgreSQL takes this lock, which any SELECT takes too, in a
     * transaction only. MariaDB returns 1.
     */
    isOpen: isPostgres
      ? `LOCK TABLE ${name} IN ACCESS SHARE MODE`
      : 'SELECT @@in_transaction OR NOT @@autocommit',
    /** An expired record leaves its place: here in PostgreSQL, in `revive` in MySQL. */
    insert: isPostgres
      ? write(
          `${insert.replace(name, `${name} AS kept`)} ON CONFLICT ("key") DO UPDATE SET ${excluded}
           WHERE kept."expires_at" <= ?`,
        )
      : write(insert),
    /**
     * For a dialect whose INSERT cannot do both. ON DUPLICATE KEY UPDATE does not tell the truth: clients
     * that set CLIENT_FOUND_ROWS get one row for a new record, and one for a record that stays as it is.
     */
    revive: isPostgres
      ? undefined
      : write(`UPDATE ${name} SET ${set} WHERE "key" = ? AND ${expiry} <= ?`),
    replace: write(`UPDATE ${name} SET ${set} WHERE "key" = ? AND "version" = ? AND ${live}`),
    remove: write(`DELETE FROM ${name} WHERE "key" = ? AND "version" = ? AND ${live}`),
    keys: write(
      `SELECT "key" FROM ${name} WHERE "key" > ? AND ${live} ORDER BY "key" LIMIT ${page}`,
    ),
    expired: write(expired),
    /** Rows that another process is removing are left to it. */
    removeExpired: isPostgres
      ? write(`DELETE FROM ${name} WHERE "key" = ANY (ARRAY(${expired} FOR UPDATE SKIP LOCKED))`)
      : undefined,
    /** Whether the server that reads is a replica. One of Aurora has only InnoDB read-only. */
    role: isPostgres
      ? 'SELECT pg_is_in_recovery()'
      : 'SELECT @@global.read_only, @@global.innodb_read_only',
    /** By their keys, in MySQL, for the order of its locks. */
    removeKeys: write(`DELETE FROM ${name} WHERE "key" IN (${several}) AND ${expiry} <= ?`),
  }
}

/** The record of a row of `load`. */
export function recordOf(row: unknown[] | undefined): SessionRecord | undefined {
  if (!row) return undefined
  const [version, expiresAt, evictable, payload, owner] = row
  if (typeof version !== 'string' || version === '' || typeof payload !== 'string')
    return unreadable
  return {
    version,
    payload,
    ...(expiresAt === null ? {} : { expiresAt: Number(expiresAt) }),
    ...(Number(evictable) ? { evictable: true } : {}),
    ...(typeof owner === 'string' ? { owner } : {}),
  }
}

/**
 * In the order in which the statements take them.
 *
 * @throws {SessionConfigError} for a user's id that the column would cut
 */
export function valuesOf(key: string, record: SessionRecord, keepsOwner: boolean): SqlValue[] {
  const { version, payload, expiresAt = null, evictable = false, owner = null } = record
  if (keepsOwner && owner !== null && owner.length > longestOwner) {
    throw new SessionConfigError(
      `The id of a user has ${owner.length} characters, and the column "owner" has room for ${longestOwner}. Use a shorter id, or set ownerColumn: false.`,
    )
  }
  return [version, expiresAt, Number(evictable), payload, ...(keepsOwner ? [owner] : []), key]
}

/** Whether the row of `role` is one of a server that takes no writes. */
export function isReplica(row: unknown[] = []): boolean {
  return row.some((value) => /^(?:t|true|1|on)$/i.test(String(value)))
}
