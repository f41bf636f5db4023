import { SessionConfigError } from '../../errors.ts'

/** What SQLite takes and gives in our tables. */
export type Value = string | number | null

/** What the statements of `node:sqlite` and `bun:sqlite` have in common. */
export interface Statement<Row> {
  run(...values: Value[]): { readonly changes: number | bigint }
  get(...values: Value[]): Row | null | undefined
  all(...values: Value[]): Row[]
  /** Only on Bun, where an open statement keeps a closed database alive. */
  finalize?(): void
}

/** What their databases have in common. */
export interface Connection {
  exec(sql: string): unknown
  prepare<Row = unknown>(sql: string): Statement<Row>
  close(): void
}

export type Connect = new (path: string) => Connection

/**
 * SQLite as the runtime brings it, asked for when it is needed and not imported: Node 20 has none,
 * and bundlers know neither name.
 *
 * @throws {SessionConfigError} where the runtime has none
 */
export function sqliteOfRuntime(): Connect {
  const [module, name] = process.versions.bun
    ? ['bun:sqlite', 'Database']
    : ['node:sqlite', 'DatabaseSync']
  const exported: Record<string, unknown> = { ...process.getBuiltinModule(module) }
  const Database = exported[name]
  if (isConnect(Database)) return Database
  throw new SessionConfigError(
    `The sqlite driver needs node:sqlite, which Node ${process.versions.node} does not have. Run Node 22.13 or later (22.5 or later with --experimental-sqlite), Deno 2.2 or later, or Bun; or choose another driver, such as file.`,
  )
}

function isConnect(value: unknown): value is Connect {
  return typeof value === 'function'
}

/** The first row of a statement that is needed once. */
export function firstRow<Row>(connection: Connection, sql: string): Row | undefined {
  const statement = connection.prepare<Row>(sql)
  const row = statement.get()
  statement.finalize?.()
  return row ?? undefined
}
