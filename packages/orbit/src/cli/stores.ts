import { createRequire } from 'node:module'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { SessionConfigError } from '../errors.ts'
import type { SqlClient } from '../stores/sql.ts'
import type { SessionStore } from '../stores/store.ts'
import { UsageError } from './usage-error.ts'

/** How to name a store on the command line. */
export const storeHelp = `A store is one of these. ?table=, ?schema= and ?prefix= set the options of the store with these names.
  redis://host:6379?prefix=orbit:     also rediss://
  postgres://host/database?table=sessions&schema=public
  mysql://host/database?table=sessions
  file:storage/sessions
  sqlite:storage/sessions.sqlite?table=sessions
  env:REDIS_URL                       the value of this environment variable, which keeps a password out of the list of processes`

/** A store that was opened from its name on the command line. */
export interface NamedStore {
  readonly store: SessionStore
  /** The kind of store. It does not contain the address, which may have a password. */
  readonly kind: string
  close(): Promise<void>
}

/** @throws {UsageError} if the name is not valid. The message does not quote it, because it may contain a password */
export async function openStore(given: string): Promise<NamedStore> {
  const name = given.startsWith('env:') ? variable(given.slice('env:'.length)) : given
  const [, kind = '', rest = ''] = /^(\w+):(.*)$/s.exec(name) ?? []
  switch (kind) {
    case 'file': {
      const { fileStore } = await import('../stores/file.ts')
      return opened(kind, fileStore({ path: pathIn(rest) }))
    }
    case 'sqlite': {
      const { sqliteStore } = await import('../stores/sqlite.ts')
      const { rest: path, table: tableName } = withoutOptions(rest)
      return opened(kind, sqliteStore({ path: pathIn(path), tableName }))
    }
    case 'redis':
    case 'rediss': {
      const { redisStore } = await import('../stores/redis.ts')
      const { rest: url, prefix } = withoutOptions(name)
      return opened(kind, redisStore({ url, prefix }))
    }
    case 'postgres':
    case 'postgresql':
    case 'mysql':
    case 'mariadb':
      return sql(kind, name)
  }
  throw new UsageError(`This is not a valid store. ${storeHelp}`)
}

function opened(kind: string, store: SessionStore): NamedStore {
  return { store, kind, close: async () => store.close() }
}

async function sql(kind: string, name: string): Promise<NamedStore> {
  const { rest: url, table, schema } = withoutOptions(name)
  if (!URL.canParse(url))
    throw new UsageError(`This is not the address of a database. ${storeHelp}`)
  const { client, end } = await (/^p/.test(kind) ? postgres(url) : mysql(url))
  const { sqlStore } = await import('../stores/sql.ts')
  const store = sqlStore({ client, table, schema })
  return {
    store,
    kind,
    async close() {
      await store.close()
      await end()
    },
  }
}

interface Client {
  readonly client: SqlClient
  readonly end: () => Promise<unknown>
}

async function postgres(url: string): Promise<Client> {
  const pg = await installed('pg')
  if (pg) {
    const { Pool } = Object(pg.default ?? pg)
    const client = new Pool({ connectionString: url, max: 8 })
    return { client, end: () => client.end() }
  }
  const other = await installed('postgres')
  if (!other) throw missing('pg')
  const client = other.default(url, { max: 8 })
  return { client, end: () => client.end() }
}

async function mysql(url: string): Promise<Client> {
  const found = await installed('mysql2/promise')
  if (!found) throw missing('mysql2')
  const { createPool } = Object(found.default ?? found)
  const client = createPool(url.replace(/^mariadb:/, 'mysql:'))
  return { client, end: () => client.end() }
}

/** Loads a package that the project has installed, not one that is installed next to this package. */
async function installed(name: string) {
  let path: string
  try {
    path = createRequire(join(process.cwd(), 'package.json')).resolve(name)
  } catch {
    return undefined
  }
  return import(pathToFileURL(path).href)
}

function missing(name: string): SessionConfigError {
  return new SessionConfigError(
    `This store needs the package "${name}" in the project: npm i ${name}`,
  )
}

function variable(name: string): string {
  const value = process.env[name]
  if (value) return value
  throw new UsageError(`env:${name} names an environment variable that is not set.`)
}

/** Removes our own options from the query, because the client does not know them. */
function withoutOptions(text: string) {
  const at = text.indexOf('?')
  const query = new URLSearchParams(at < 0 ? '' : text.slice(at + 1))
  const take = (name: string) => {
    const value = query.get(name) ?? undefined
    query.delete(name)
    return value
  }
  const [table, schema, prefix] = [take('table'), take('schema'), take('prefix')]
  const left = String(query)
  const rest = (at < 0 ? text : text.slice(0, at)) + (left === '' ? '' : `?${left}`)
  return { rest, table, schema, prefix }
}

/** A path, or the rest of a file: URL. */
function pathIn(text: string): string {
  return text.startsWith('//') ? fileURLToPath(`file:${text}`) : text
}
