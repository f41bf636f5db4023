// Measures the cost of an operation on a driver with few sessions and with many: `drivers.mjs
// <file|sqlite|sqlite-by-hand> <few> <many> <rounds>`. Half of the operations read, and half write.
// `sqlite-by-hand` uses two statements on the smallest table that can store the same records.

import { randomBytes, randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromBuild } from '../apps/build.mjs'

const [name, few, many, rounds] = process.argv.slice(2)
const operations = 400
const folder = await mkdtemp(join(tmpdir(), 'gravito-bench-'))
try {
  const small = await openStore('small', Number(few))
  const large = await openStore('large', Number(many))
  const ratios = []
  for (let round = 0; round <= Number(rounds); round += 1) {
    const [a, b, c, d] = [
      await time(small),
      await time(large),
      await time(large),
      await time(small),
    ]
    // The first round compiles the code.
    if (round > 0) ratios.push((b + c) / (a + d))
  }
  process.send({ ratios })
  for (const { store } of [small, large]) await store.close()
} finally {
  await rm(folder, { recursive: true, force: true })
}
process.disconnect()
process.exit()

async function openStore(place, count) {
  const path = join(folder, name === 'file' ? place : `${place}.sqlite`)
  const store = await (name === 'sqlite-by-hand' ? tableAt(path) : storeAt(path))
  await store.ready?.()
  const versions = Array.from({ length: count }, () => undefined)
  const world = { store, versions }
  for (let index = 0; index < count; index += 32) {
    const some = versions.slice(index, index + 32).map((_, offset) => write(world, index + offset))
    await Promise.all(some)
  }
  return world
}

async function storeAt(path) {
  const { [`${name}Store`]: factory } = await fromBuild(`stores/${name}.js`)
  return factory({ path })
}

async function tableAt(path) {
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(path)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  database.exec('CREATE TABLE records (key TEXT PRIMARY KEY, version TEXT, payload TEXT)')
  const statement = (sql) => database.prepare(sql)
  const load = statement('SELECT version, payload FROM records WHERE key = ?')
  const insert = statement('INSERT INTO records (version, payload, key) VALUES (?, ?, ?)')
  const replace = statement(
    'UPDATE records SET version = ?, payload = ? WHERE key = ? AND version = ?',
  )
  return {
    load: (key) => load.get(key),
    compareAndSet(key, version, next) {
      const values = [next.version, next.payload, key]
      const { changes } = version ? replace.run(...values, version) : insert.run(...values)
      return changes === 1
    },
    close: () => database.close(),
  }
}

async function write({ store, versions }, index) {
  const version = randomBytes(12).toString('base64url')
  const payload = randomBytes(225).toString('hex')
  const record = { version, payload, expiresAt: Date.now() + 7_200_000 }
  const done = await store.compareAndSet(`key-${index}`, versions[index], record)
  if (!done) throw new Error(`the record ${index} was not written`)
  versions[index] = version
}

/** Returns the milliseconds of all operations. */
async function time(world) {
  const { store, versions } = world
  const began = performance.now()
  for (let count = 0; count < operations; count += 1) {
    const index = randomInt(versions.length)
    const record = await store.load(`key-${index}`)
    if (record?.version !== versions[index])
      throw new Error(`the record ${index} has another version`)
    await write(world, index)
  }
  return performance.now() - began
}
