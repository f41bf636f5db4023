import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sqlStore } from '../../packages/orbit/src/stores/sql.ts'
import { type SqlServer, startPostgres, startStandby } from '../servers/sql.ts'
import { failureOf, newRecord } from './redis-setting.ts'

let primary: SqlServer
let standby: SqlServer
let writes: Pool
let reads: Pool

beforeAll(async () => {
  primary = await startPostgres()
  writes = new Pool({ connectionString: primary.url })
  await sqlStore({ client: writes, createTable: true }).ready()
  standby = await startStandby(primary)
  reads = new Pool({ connectionString: standby.url })
}, 60_000)
afterAll(async () => {
  await reads?.end()
  await writes?.end()
  await standby?.stop()
  await primary?.stop()
})

describe('a replica of PostgreSQL', () => {
  it('instead of the primary causes a warning at boot and an error at each write', async () => {
    const warnings: string[] = []
    const store = sqlStore({ client: reads, warn: (text) => warnings.push(text) })
    const advice = /The SQL server is read-only, like a replica: .*Sessions need the primary/
    await store.ready()
    expect(warnings).toEqual([expect.stringMatching(advice)])
    const failure = await failureOf(
      Promise.resolve(store.compareAndSet('a', undefined, newRecord())),
    )
    expect(failure).toMatch(advice)
    await store.close()
  })

  it.each(['is up to date', 'lags behind'])(
    'that serves the reads is refused at boot if it %s',
    async (which) => {
      if (which === 'lags behind') await reads.query('SELECT pg_wal_replay_pause()')
      const query = async (text: string, values: unknown[]) => {
        const pool = text.startsWith('SELECT') ? reads : writes
        const { rows, rowCount } = await pool.query(text, values)
        return { rows, rowCount }
      }
      const store = sqlStore({ client: { query }, dialect: 'postgres' })
      expect(await failureOf(Promise.resolve(store.ready()))).toMatch(
        /^The SQL client reads from a replica, .*Sessions need the primary for reads too/,
      )
      await store.close()
      const { rows } = await writes.query("SELECT 1 FROM sessions WHERE key LIKE 'Trial-%'")
      expect(rows).toEqual([])
    },
  )
})
