import { SessionConfigError } from '../../errors.ts'
import { type SessionRecord, unreadable } from '../store.ts'

/** PostgreSQL, or MariaDB and MySQL. */
export type DialectName = 'postgres' | 'mysql'

/** A value of a statement. */
export type SqlValue = string | number | null

/** The table of the sessions. */
export interface Place {
  readonly dialect: DialectName
  readonly table: string
  readonly schema: string | undefined
  /** Whether the table has a column with the id of the user. */
  readonly ownerColumn: boolean
}

/** The number of rows that one step of a sweep removes. */
export const batch = 200
/** The number of keys that one step of a walk reads. */
const page = 1_000
/** The maximum length of a user's id in its column. An id of OpenID Connect is not longer. */
export const longestOwner = 255

/** Quotes a name. Names are letters, digits and "_", so they need no escapes. */
export function nameOf({ dialect, table, schema }: Place): string {
  const mark = dialect === 'postgres' ? '"' : '`'
  return [schema, table]
    .flatMap((name) => (name === undefined ? [] : `${mark}${name}${mark}`))
    .join('.')
}

/**
 * The statements of the store. Each is a separate transaction that finds its rows by their key and locks
 * nothing else, so two of them cannot wait for each other. The number of changed rows is the result.
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
  // An expression, so that MariaDB and MySQL always find the row by its key. If they used the index on the time, they
  // would lock the entry in that index first and then the row. A write locks them in the other order.
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
    /** Whether the statements take the record's user as one of their values. */
    keepsOwner: place.ownerColumn,
    load: write(load),
    /** Reads the latest row, even in a transaction that sees an older state of the table, and locks it. */
    loadLatest: write(`${load} FOR UPDATE`),
    /**
     * Checks whether a transaction is open. PostgreSQL accepts this LOCK only in a transaction. Every SELECT takes
     * the same lock, so it blocks nothing. MariaDB returns 1.
     */
    isOpen: isPostgres
      ? `LOCK TABLE ${name} IN ACCESS SHARE MODE`
      : 'SELECT @@in_transaction OR NOT @@autocommit',
    /** In PostgreSQL, this also replaces an expired record. In MySQL, `revive` does that. */
    insert: isPostgres
      ? write(
          `${insert.replace(name, `${name} AS kept`)} ON CONFLICT ("key") DO UPDATE SET ${excluded}
           WHERE kept."expires_at" <= ?`,
        )
      : write(insert),
    /**
     * For a dialect whose INSERT cannot do both. The result of ON DUPLICATE KEY UPDATE is ambiguous: a client that
     * sets CLIENT_FOUND_ROWS gets one row for a new record, and also one row for a record that does not change.
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
    /** Skips rows that another process is removing. */
    removeExpired: isPostgres
      ? write(`DELETE FROM ${name} WHERE "key" = ANY (ARRAY(${expired} FOR UPDATE SKIP LOCKED))`)
      : undefined,
    /** Whether the server that reads is a replica. On a replica of Aurora, only InnoDB is read-only. */
    role: isPostgres
      ? 'SELECT pg_is_in_recovery()'
      : 'SELECT @@global.read_only, @@global.innodb_read_only',
    /** Removes rows by their keys, which MySQL needs for the order of its locks. */
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
 * The values of a record, in the order in which the statements take them.
 *
 * @throws {SessionConfigError} for an id of a user that the column would truncate
 */
export function valuesOf(key: string, record: SessionRecord, keepsOwner: boolean): SqlValue[] {
  const { version, payload, expiresAt = null, evictable = false, owner = null } = record
  if (keepsOwner && owner !== null && owner.length > longestOwner) {
    throw new SessionConfigError(
      `The id of a user has ${owner.length} characters, but the column "owner" has room for ${longestOwner}. Use a shorter id, or set ownerColumn: false.`,
    )
  }
  return [version, expiresAt, Number(evictable), payload, ...(keepsOwner ? [owner] : []), key]
}

/** Whether the row of `role` comes from a server that does not accept writes. */
export function isReplica(row: unknown[] = []): boolean {
  return row.some((value) => /^(?:t|true|1|on)$/i.test(String(value)))
}
