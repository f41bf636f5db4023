// A second process on the same database file: `worker.ts <what> <path> <arguments>`. It answers by
// lines on its standard output, each written before the next thing is done.
import { writeSync } from 'node:fs'
import { sqliteStore } from '../../../packages/orbit/src/stores/sqlite.ts'
import { record } from './setting.ts'

const [what = '', path = '', ...given] = process.argv.slice(2)
const store = sqliteStore({ path })
const say = (line: string | number): void => {
  writeSync(1, `${line}\n`)
}

/** Opens the database, says so, and waits for a line that starts all workers at once. */
async function start(): Promise<void> {
  await store.ready?.()
  say('ready')
  await new Promise((resolve) => process.stdin.once('data', resolve))
  process.stdin.pause()
}

const tasks: Record<string, () => Promise<void>> = {
  async increment() {
    const [key = '', times] = given
    await start()
    for (let done = 0; done < Number(times); ) {
      const current = await store.load(key)
      if (!current) throw new Error('The record has gone.')
      const payload = String(Number(current.payload) + 1)
      const next = { ...current, payload, version: record().version }
      if ((await store.replace(key, next, current.version)) === 'replaced') done += 1
    }
  },
  async create() {
    const [count] = given
    await start()
    for (let index = 0; index < Number(count); index += 1) {
      const outcome = await store.create(`key ${index}`, record({ payload: String(process.pid) }))
      if (outcome === 'created') say(index)
    }
  },
  async secret() {
    await start()
    say((await store.secret?.(`proposal of ${process.pid}`)) ?? 'none')
  },
  /** Signs in without end. */
  async signIn() {
    const [owner = ''] = given
    for (let index = 0; ; index += 1) {
      const key = `${process.pid}-${index}`
      await store.create(key, record({ owner }))
      say(key)
    }
  },
  /** Writes without end, records that tell whether they are whole. */
  async write() {
    const [key = ''] = given
    const found = await store.load(key)
    let current = found ?? record({ payload: '0:' })
    if (!found) await store.create(key, current)
    for (let n = Number.parseInt(current.payload, 10) + 1; ; n += 1) {
      const next = record({ payload: `${n}:${String(n % 10).repeat((n * 977) % 40_000)}` })
      const outcome = await store.replace(key, next, current.version)
      if (outcome !== 'replaced') throw new Error(`The record was ${outcome}.`)
      current = next
      say(n)
    }
  },
  /** Uses the store and never closes it. */
  async leave() {
    await store.create('left', record())
    say('left')
  },
}

await tasks[what]?.()
