import { type SessionRecord, unreadable } from '../store.ts'

/** The common part of the statements of `node:sqlite` and `bun:sqlite`. */
interface Statement<Row> {
  run(...values: Value[]): { readonly changes: number | bigint }
  get(...values: Value[]): Row | null | undefined
  all(...values: Value[]): Row[]
  /** Exists only on Bun, where an open statement keeps a closed database open. */
  finalize?(): void
}
export type Value = string | number | null

/** The common part of their databases. */
export interface Connection {
  exec(sql: string): unknown
  prepare<Row = unknown>(sql: string): Statement<Row>
  close(): void
}

export interface Row {
  readonly version: string | null
  readonly expires_at: number | null
  readonly evictable: number
  readonly payload: string | null
}

/** Apps that share a file have separate tables. INTEGER would refuse fractions of a millisecond. */
export const schemaOf = (table: string) => `
  CREATE TABLE IF NOT EXISTS "${table}" (
    key TEXT NOT NULL UNIQUE,
    version TEXT,
    expires_at REAL,
    evictable INTEGER NOT NULL,
    payload TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS "${table}_by_expiry" ON "${table}" (expires_at)
    WHERE expires_at IS NOT NULL;
`

/**
 * The SQL of the store. The time is a parameter, because the caller's clock is used. There are no numbered
 * parameters, because early versions of `node:sqlite` treat them as named parameters.
 */
export function sqlOf(table: string) {
  const live = '(expires_at IS NULL OR expires_at > ?)'
  // A row that cannot be read has the empty version.
  const stands = `CASE WHEN payload IS NULL THEN '' ELSE ifnull(version, '') END = ? AND ${live}`
  return {
    load: `SELECT version, expires_at, evictable, payload FROM ${table} WHERE key = ? AND ${live}`,
    /** It replaces an expired record. */
    insert: `INSERT INTO ${table} AS kept (version, expires_at, evictable, payload, key) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET version = excluded.version, expires_at = excluded.expires_at,
         evictable = excluded.evictable, payload = excluded.payload
       WHERE kept.expires_at <= ?`,
    replace: `UPDATE ${table} SET version = ?, expires_at = ?, evictable = ?, payload = ?
       WHERE key = ? AND ${stands}`,
    remove: `DELETE FROM ${table} WHERE key = ? AND ${stands}`,
    removeExpired: `DELETE FROM ${table}
       WHERE rowid IN (SELECT rowid FROM ${table} WHERE expires_at <= ? LIMIT ?)`,
    keys: `SELECT key FROM ${table} WHERE key > ? AND ${live} ORDER BY key LIMIT 1000`,
  }
}

/** The statements of the two methods, on a connection of `node:sqlite` or `bun:sqlite`. */
export function verbsOf(connection: Connection, table: string) {
  const sql = sqlOf(table)
  return {
    load: connection.prepare<Row>(sql.load),
    insert: connection.prepare(sql.insert),
    replace: connection.prepare(sql.replace),
    remove: connection.prepare(sql.remove),
  }
}
type Verbs = ReturnType<typeof verbsOf>

/** Everything that the store does. */
export function statementsOf(connection: Connection, table: string) {
  const sql = sqlOf(table)
  const statements = {
    ...verbsOf(connection, table),
    removeExpired: connection.prepare(sql.removeExpired),
    keys: connection.prepare<{ key: string }>(sql.keys),
  }
  return {
    ...statements,
    close(): void {
      finalize(statements)
      connection.close()
    },
  }
}

export function finalize(statements: Readonly<Record<string, { finalize?(): void }>>): void {
  for (const statement of Object.values(statements)) statement.finalize?.()
}

/** The `load` of a store. The time is a parameter, because the caller's clock is used. */
export function loadBy({ load }: Pick<Verbs, 'load'>, key: string, time: number) {
  return recordOf(load.get(key, time))
}

/** The `compareAndSet` of a store. */
export function compareAndSetBy(
  { load, insert, replace, remove }: Verbs,
  key: string,
  version: string | undefined,
  next: SessionRecord | undefined,
  time: number,
): boolean {
  if (version === undefined) {
    return next ? insert.run(...valuesOf(key, next), time).changes > 0 : !load.get(key, time)
  }
  const { changes } = next
    ? replace.run(...valuesOf(key, next), version, time)
    : remove.run(key, version, time)
  return changes > 0
}

/** The record of a row. A row that was written by hand is unreadable, not an error. */
export function recordOf(row: Row | null | undefined): SessionRecord | undefined {
  if (!row) return undefined
  const { version, payload, expires_at: expiresAt, evictable } = row
  if (!version || payload === null) return unreadable
  return {
    version,
    payload,
    ...(expiresAt === null ? {} : { expiresAt }),
    ...(evictable ? { evictable: true } : {}),
  }
}

/** In the order of the parameters of `insert` and `replace`. */
export function valuesOf(key: string, record: SessionRecord): Value[] {
  const { version, payload, expiresAt = null, evictable = false } = record
  return [version, expiresAt, Number(evictable), payload, key]
}
