import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { fileStore } from '../../packages/orbit/src/stores/file.ts'
import { memoryStore } from '../../packages/orbit/src/stores/memory.ts'
import { movingStore } from '../../packages/orbit/src/stores/moving.ts'
import { redisStore } from '../../packages/orbit/src/stores/redis.ts'
import type { SessionStore } from '../../packages/orbit/src/stores/store.ts'
import { describeSessionStore } from '../../packages/orbit/src/testing/contract.ts'
import { isComplete } from '../extent.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import type { SqlServer } from '../servers/sql.ts'
import { halfMoved, lastStep } from './moving-setting.ts'
import { newText } from './redis-setting.ts'
import { newTable, type Opened, openers, quoted, servers, storeOf } from './sql/setting.ts'

type Now = { readonly now: () => number }

/** Two connections to the same medium, as in two processes. */
interface Place {
  readonly stores: readonly [SessionStore, SessionStore]
  readonly close: () => Promise<void>
}

let redis: RedisServer
let sql: SqlServer | undefined
let pool: Opened | undefined

beforeAll(async () => {
  redis = await startRedis()
  if (!isComplete) return
  sql = await servers.PostgreSQL.start()
  pool = openers.pg(sql.url)
}, 60_000)
afterAll(async () => {
  await pool?.end()
  await sql?.stop()
  await redis?.stop()
})

const closing = (
  stores: Place['stores'],
  after: () => Promise<unknown> = async () => {},
): Place => ({
  stores,
  close: async () => {
    for (const store of stores) await store.close()
    await after()
  },
})

const places = {
  memory: async ({ now }: Now) => {
    const store = memoryStore({ now })
    return closing([store, store])
  },
  file: async ({ now }: Now) => {
    const path = await mkdtemp(join(tmpdir(), 'gravito-moving-'))
    return closing([fileStore({ path, now }), fileStore({ path, now })], () =>
      rm(path, { recursive: true, force: true }),
    )
  },
  redis: async ({ now }: Now) => {
    const options = { url: redis.url, prefix: `${newText()}:`, now }
    return closing([redisStore(options), redisStore(options)])
  },
  postgres: async ({ now }: Now) => {
    if (!pool) throw new Error('The SQL server is not running.')
    const [table, { look }] = [newTable(), pool]
    const [one, other] = [storeOf(pool, { now, table }), storeOf(pool, { now, table })]
    await one.store.load('a')
    return closing([one.store, other.store], () => look(`DROP TABLE ${quoted('postgres', table)}`))
  },
}

type Name = keyof typeof places

/**
 * Where the records are when the suite reads them: in the new store, in the old one, or in the middle of a
 * move.
 */
const starts = isComplete
  ? {
      'in the new store': undefined,
      'in the old store': 0,
      prepared: 1,
      leaving: 2,
      arrived: 3,
      left: 4,
      settled: 5,
      moved: lastStep,
    }
  : { 'in the old store': 0, 'in between': 3 }

const moves: readonly (readonly [from: Name, to: Name])[] = isComplete
  ? [
      ['memory', 'memory'],
      ['memory', 'file'],
      ['file', 'redis'],
      ['redis', 'postgres'],
      ['postgres', 'redis'],
      ['redis', 'file'],
    ]
  : [['redis', 'file']]

describe.each(moves)('while sessions move from %s to %s', (from, to) => {
  for (const [start, steps] of Object.entries(starts)) {
    // A step writes the record, and Redis uses its own clock for the last millisecond, not the clock of the
    // test.
    if (to === 'redis' && steps) continue
    describeSessionStore(
      `what begins ${start}`,
      async (context) => {
        const [old, young] = [await places[from](context), await places[to](context)]
        const both = (index: 0 | 1) => {
          const pair = { to: young.stores[index], from: old.stores[index] }
          return steps === undefined
            ? movingStore(pair.to, pair.from, context)
            : halfMoved(pair, context.now, () => steps)
        }
        const close = async () => {
          await old.close()
          await young.close()
        }
        return { stores: [both(0), both(1)], close }
      },
      { describe, it },
    )
  }
})
