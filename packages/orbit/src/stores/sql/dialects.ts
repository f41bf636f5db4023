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
}

/** So many rows one step of a sweep removes. */
export const batch = 200
/** So many keys one step of a walk reads. */
const page = 1_000

/** The names are letters, digits and "_", so quotes are all that they need. */
function nameOf({ dialect, table, schema }: Place): string {
  const mark = dialect === 'postgres' ? '"' : '`'
  return [schema, table]
    .flatMap((name) => (name === undefined ? [] : `${mark}${name}${mark}`))
    .join('.')
}

/**
 * The statements that make the table. Keys and versions differ by case, also where the database ignores it.
 * Times are numbers of the app's clock. A LONGTEXT has room for any payload, where TEXT ends at 64 KiB.
 */
export function schemaOf(place: Place): string[] {
  const name = nameOf(place)
  if (place.dialect === 'mysql') {
    const identifier = 'VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL'
    return [
      `CREATE TABLE IF NOT EXISTS ${name} (
  \`key\` ${identifier} PRIMARY KEY,
  \`version\` ${identifier},
  \`expires_at\` DOUBLE NULL,
  \`evictable\` TINYINT NOT NULL,
  \`payload\` LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  KEY \`${place.table}_by_expiry\` (\`expires_at\`)
) ENGINE=InnoDB`,
    ]
  }
  return [
    `CREATE TABLE IF NOT EXISTS ${name} (
  "key" text COLLATE "C" PRIMARY KEY,
  "version" text COLLATE "C" NOT NULL,
  "expires_at" double precision,
  "evictable" smallint NOT NULL,
  "payload" text NOT NULL
)`,
    `CREATE INDEX IF NOT EXISTS "${place.table}_by_expiry" ON ${name} ("expires_at")
  WHERE "expires_at" IS NOT NULL`,
  ]
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
  const live = '("expires_at" IS NULL OR "expires_at" > ?)'
  const columns = '"version", "expires_at", "evictable", "payload"'
  const set = '"version" = ?, "expires_at" = ?, "evictable" = ?, "payload" = ?'
  const insert = `INSERT INTO ${name} (${columns}, "key") VALUES (?, ?, ?, ?, ?)`
  const excluded = columns.replace(/"\w+"/g, (column) => `${column} = excluded.${column}`)
  const expired = `SELECT "key" FROM ${name} WHERE "expires_at" <= ? ORDER BY "expires_at" LIMIT ${batch}`
  const several = Array.from({ length: batch }, () => '?').join(', ')
  const load = `SELECT ${columns} FROM ${name} WHERE "key" = ? AND ${live}`
  return {
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
      : write(`UPDATE ${name} SET ${set} WHERE "key" = ? AND "expires_at" <= ?`),
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
    /**
     * By their keys, in MySQL: a DELETE that finds rows by their time locks the index first and then the
     * row. A write locks them in the other order, so the two could wait for each other.
     */
    removeKeys: write(`DELETE FROM ${name} WHERE "key" IN (${several}) AND "expires_at" <= ?`),
  }
}

/** The record of a row of `load`. */
export function recordOf(row: unknown[] | undefined): SessionRecord | undefined {
  if (!row) return undefined
  const [version, expiresAt, evictable, payload] = row
  if (typeof version !== 'string' || version === '' || typeof payload !== 'string')
    return unreadable
  return {
    version,
    payload,
    ...(expiresAt === null ? {} : { expiresAt: Number(expiresAt) }),
    ...(Number(evictable) ? { evictable: true } : {}),
  }
}

/** In the order in which the statements take them. */
export function valuesOf(key: string, record: SessionRecord): SqlValue[] {
  const { version, payload, expiresAt = null, evictable = false } = record
  return [version, expiresAt, Number(evictable), payload, key]
}
