// `bun test` runs this file, from sql.test.ts: the client that is part of Bun, with the server in DATABASE_URL.
// @ts-expect-error Its types come from Bun, which is not a dependency.
import { afterAll, describe, it } from 'bun:test'
import { sqlStore } from '../../../packages/orbit/src/stores/sql.ts'
import {
  describeSessionStore,
  type TransactionUnderTest,
} from '../../../packages/orbit/src/testing/contract.ts'
import { deferred } from '../../hono/deferred.ts'

// @ts-expect-error As above.
const client = new globalThis.Bun.SQL(process.env.DATABASE_URL)
const mark = process.env.DATABASE_URL?.startsWith('mysql') ? '`' : '"'
const quoted = (name: string) => `${mark}${name}${mark}`
let tables = 0

/** The way in which apps use it: `begin` runs a function, which waits for the test here. */
function begin(): Promise<TransactionUnderTest> {
  return new Promise((resolve, reject) => {
    const ending = deferred<boolean>()
    const undone = new Error('The test rolls back.')
    const done: Promise<unknown> = client.begin(async (within: object) => {
      const end = (commits: boolean) => () => {
        ending.settle(commits)
        return done.catch((error) => {
          if (error !== undone) throw error
        })
      }
      resolve({ within, commit: end(true), rollback: end(false) })
      if (!(await ending.promise)) throw undone
    })
    done.catch(reject)
  })
}

describeSessionStore(
  'Bun.sql',
  async ({ now }) => {
    tables += 1
    const table = `bun_${tables}`
    const options = { client, table, createTable: true, now }
    const [store, other] = [sqlStore(options), sqlStore(options)]
    await store.load('a')
    const spoil = async (key: string) => {
      await client.unsafe(`DELETE FROM ${quoted(table)} WHERE ${quoted('key')} = '${key}'`)
      await client.unsafe(`INSERT INTO ${quoted(table)} VALUES ('${key}', '', NULL, 0, 'x')`)
    }
    const close = async () => {
      await Promise.all([store.close(), other.close()])
    }
    return { stores: [store, other], spoil, begin, close }
  },
  { describe, it },
)

it('Bun.sql passes the check at boot, lists its keys and prunes', async () => {
  const warnings: string[] = []
  let time = Date.now()
  const store = sqlStore({
    client,
    table: 'bun_walk',
    createTable: true,
    now: () => time,
    warn: (text) => warnings.push(text),
  })
  await store.ready()
  await store.compareAndSet('a', undefined, { version: 'v', payload: 'p' })
  await store.compareAndSet('b', undefined, { version: 'v', payload: 'p', expiresAt: time + 1 })
  time += 1
  const seen: string[] = []
  for await (const key of store.keys()) seen.push(key)
  const pruned = await store.prune()
  if (seen.join() !== 'a' || pruned !== 1 || warnings.length > 0) {
    throw new Error(`${seen}, ${pruned} removed, ${warnings}`)
  }
  await store.close()
})

it('Bun.sql is refused outside of a transaction', async () => {
  const store = sqlStore({ client, table: 'bun_walk', createTable: true })
  await store.load('a')
  const refusal = await Promise.resolve()
    .then(() => store.within(client))
    .catch((error: unknown) => error)
  if (Object(refusal).code !== 'session-not-transactional') throw new Error(String(refusal))
  await store.close()
})

afterAll(() => client.close())
