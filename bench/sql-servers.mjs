// Finds the SQL servers to measure: those at POSTGRES_URL and MARIADB_URL, or servers that are started for this
// run. They are started like those of the tests, but each write waits for the disk, which is their default.

import { createPool } from 'mysql2/promise'
import pg from 'pg'
import { tsImport } from 'tsx/esm/api'

const { startMariadb, startPostgres } = await tsImport('../tests/servers/sql.ts', import.meta.url)

const kinds = {
  postgres: {
    given: process.env.POSTGRES_URL,
    start: () => startPostgres(['-c', 'fsync=on']),
    async open(url) {
      const pool = new pg.Pool({ connectionString: url, max: 20 })
      return { client: pool, look: (text) => pool.query(text), end: () => pool.end() }
    },
  },
  mariadb: {
    given: process.env.MARIADB_URL,
    start: () => startMariadb(['--innodb-flush-log-at-trx-commit=1']),
    async open(url) {
      const pool = createPool({ uri: url, connectionLimit: 20 })
      return { client: pool, look: (text) => pool.query(text), end: () => pool.end() }
    },
  },
}

const started = new Map()

/** Returns a pool for this kind of server. The first call starts the server, and `stopSqlServers` stops it. */
export async function openSql(name) {
  const { given, start, open } = kinds[name]
  if (!given && !started.has(name)) started.set(name, await start())
  return open(given ?? started.get(name).url)
}

export async function stopSqlServers() {
  for (const server of started.values()) await server.stop()
}
