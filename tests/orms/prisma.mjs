// The contract of a store with a Prisma client, as in the recipe of the docs: `prisma.mjs <url of the server>
// <folder of the generated client>`. It is a separate process, because a test generates the client. It prints
// the failures and the number of passed tests, and exits with 1 if a test failed.

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { sqlStore } from '@gravito/orbit/sql'
import { describeSessionStore } from '@gravito/orbit/testing'
import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { PrismaPg } from '@prisma/adapter-pg'

const [url = '', folder = ''] = process.argv.slice(2)
const isMysql = url.startsWith('mysql')
const { default: generated } = await import(pathToFileURL(join(folder, 'index.js')).href)
const adapter = isMysql
  ? new PrismaMariaDb(url.replace('mysql:', 'mariadb:'))
  : new PrismaPg({ connectionString: url })
const prisma = new generated.PrismaClient({ adapter })

const client = {
  async query(text, values) {
    if (text.startsWith('SELECT')) return { rows: await prisma.$queryRawUnsafe(text, ...values) }
    return { rows: [], rowCount: await prisma.$executeRawUnsafe(text, ...values) }
  },
}

let tables = 0
const open = async ({ now, ...others }) => {
  tables += 1
  const table = `by_prisma_${tables}`
  const dialect = isMysql ? 'mysql' : 'postgres'
  const options = { client, dialect, table, createTable: true, ownerColumn: true, now, ...others }
  const [store, other] = [sqlStore(options), sqlStore(options)]
  await store.load('a')
  const close = async () => {
    await Promise.all([store.close(), other.close()])
    await prisma.$executeRawUnsafe(`DROP TABLE ${table}`)
  }
  return { stores: [store, other], close }
}

const tests = []
describeSessionStore('Prisma', open, {
  describe: (_, body) => body(),
  it: (name, body) => tests.push({ name, body }),
})
tests.push({
  name: 'passes the check at boot, walks and prunes',
  async body() {
    const warnings = []
    let time = Date.now()
    const warn = (text) => warnings.push(text)
    const { stores, close } = await open({ now: () => time, warn })
    const [store] = stores
    await store.ready()
    await store.compareAndSet('a', undefined, { version: 'v', payload: 'p' })
    await store.compareAndSet('b', undefined, { version: 'v', payload: 'p', expiresAt: time + 1 })
    time += 1
    const seen = []
    for await (const key of store.keys()) seen.push(key)
    const pruned = await store.prune()
    await close()
    if (seen.join() !== 'a' || pruned !== 1 || warnings.length > 0) {
      throw new Error(`${seen}, ${pruned} removed, ${warnings}`)
    }
  },
})

let passed = 0
for (const { name, body } of tests) {
  await body().then(
    () => {
      passed += 1
    },
    (error) => console.log(`${name}: ${error.stack}`),
  )
}
console.log(`passed ${passed} of ${tests.length}`)
process.exitCode = passed === tests.length && passed >= 25 ? 0 : 1
await prisma.$disconnect()
