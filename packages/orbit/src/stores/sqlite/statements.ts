import type { SessionRecord } from '../store.ts'
import type { Connection, Statement, Value } from './runtime.ts'
import { fromStored, toStored } from './text.ts'

/** A row of the table, without the row's own number. */
export interface Row {
  readonly key: string
  readonly version: string
  readonly birth: string
  readonly created_at: number
  readonly last_activity_at: number
  readonly expires_at: number
  readonly owner: string | null
  readonly successor_key: string | null
  readonly successor_birth: string | null
  readonly payload: string
}

/**
 * All statements, prepared once. `live` is said of a row by the time that is handed in: the clock is
 * the caller's, not the database's. No numbered parameters: early `node:sqlite` takes them for named.
 */
export function prepareStatements(connection: Connection, tableName: string) {
  const table = `"${tableName}"`
  /** Those of one file keep one secret each. */
  const name = tableName.toLowerCase()
  const secretName = name === 'sessions' ? 'ids' : `ids of ${name}`
  const statements: Statement<unknown>[] = []
  const prepare = <R>(sql: string): Statement<R> => {
    const statement = connection.prepare<R>(sql)
    statements.push(statement)
    return statement
  }
  return {
    /** key, now */
    load: prepare<Row>(`SELECT ${columns} FROM ${table} WHERE key = ? AND expires_at > ?`),
    /** the row, now: an expired one makes room */
    create: prepare(
      `INSERT INTO ${table} (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET ${assignments(excluded)} WHERE ${table}.expires_at <= ?`,
    ),
    /** the row without its key, then key, version, now: the two times only move forward */
    replace: prepare(
      `UPDATE ${table} SET ${assignments(forward)} WHERE key = ? AND version = ? AND expires_at > ?`,
    ),
    /** the same; a sealed record has less time left */
    seal: prepare(
      `UPDATE ${table} SET ${assignments(given)} WHERE key = ? AND version = ? AND expires_at > ?`,
    ),
    /** key, now */
    exists: prepare(`SELECT 1 FROM ${table} WHERE key = ? AND expires_at > ?`),
    /** last activity, expiry, key, version, now */
    touch: prepare(
      `UPDATE ${table}
       SET last_activity_at = ${forward('last_activity_at')}, expires_at = ${forward('expires_at')}
       WHERE key = ? AND version = ? AND expires_at > ?`,
    ),
    /** key, version or null for any, now */
    destroy: prepare(
      `DELETE FROM ${table} WHERE key = ? AND version = coalesce(?, version) AND expires_at > ?`,
    ),
    /** owner, now */
    list: prepare<Row>(
      `SELECT ${columns} FROM ${table}
       WHERE owner = ? AND successor_key IS NULL AND expires_at > ? ORDER BY created_at`,
    ),
    /** owner, key that stays or null, now */
    destroyOwner: prepare<{ live: number }>(
      `DELETE FROM ${table} WHERE owner = ? AND key IS NOT ?
       RETURNING successor_key IS NULL AND expires_at > ? AS live`,
    ),
    /** now, how many at most */
    removeExpired: prepare(
      `DELETE FROM ${table}
       WHERE rowid IN (SELECT rowid FROM ${table} WHERE expires_at <= ? LIMIT ?)`,
    ),
    proposeSecret: prepare(
      `INSERT INTO secrets (name, value) VALUES ('${secretName}', ?) ON CONFLICT (name) DO NOTHING`,
    ),
    /** secret, the one that is to go */
    swapSecret: prepare(`UPDATE secrets SET value = ? WHERE name = '${secretName}' AND value = ?`),
    secret: prepare<{ value: string }>(`SELECT value FROM secrets WHERE name = '${secretName}'`),
    finalize(): void {
      for (const statement of statements) statement.finalize?.()
    },
  }
}

const changing = [
  'version',
  'birth',
  'created_at',
  'last_activity_at',
  'expires_at',
  'owner',
  'successor_key',
  'successor_birth',
  'payload',
] as const
const columns = ['key', ...changing].join(', ')

type Column = (typeof changing)[number]

function assignments(value: (name: Column) => string): string {
  return changing.map((name) => `${name} = ${value(name)}`).join(', ')
}

function given(): string {
  return '?'
}

function forward(name: Column): string {
  return name === 'last_activity_at' || name === 'expires_at' ? `max(${name}, ?)` : '?'
}

function excluded(name: Column): string {
  return `excluded.${name}`
}

/** The record's columns in their order, without the key. */
export function valuesOf(record: SessionRecord): Value[] {
  const { owner, successor } = record
  return [
    toStored(record.version),
    toStored(record.birth),
    record.createdAt,
    record.lastActivityAt,
    record.expiresAt,
    owner === undefined ? null : toStored(owner),
    successor ? toStored(successor.key) : null,
    successor ? toStored(successor.birth) : null,
    toStored(record.payload),
  ]
}

export function recordOf(row: Row): SessionRecord {
  const { owner, successor_key: key, successor_birth: birth } = row
  return {
    version: fromStored(row.version),
    birth: fromStored(row.birth),
    payload: fromStored(row.payload),
    createdAt: row.created_at,
    lastActivityAt: row.last_activity_at,
    expiresAt: row.expires_at,
    ...(owner === null ? {} : { owner: fromStored(owner) }),
    ...(key === null || birth === null
      ? {}
      : { successor: { key: fromStored(key), birth: fromStored(birth) } }),
  }
}
