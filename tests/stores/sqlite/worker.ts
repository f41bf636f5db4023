// A second process on the same database file: `worker.ts <what> <path> <arguments>`. It reports in
// lines on its standard output, each before the next action.
import { writeSync } from 'node:fs'
import { sqliteStore } from '../../../packages/orbit/src/stores/sqlite.ts'
import { begin, firstNumber, patiently, record } from './setting.ts'

const [what = '', path = '', ...given] = process.argv.slice(2)
const store = sqliteStore({ path, warn: () => {} })
const say = (line: string | number): void => {
  writeSync(1, `${line}\n`)
}

/** Opens the database, reports it, and waits for a line that starts all workers at once. */
async function start(): Promise<void> {
  await store.ready()
  say('ready')
  await new Promise((resolve) => process.stdin.once('data', resolve))
  process.stdin.pause()
}

const tasks: Record<string, () => Promise<void>> = {
  /** Puts a record and an order in one transaction, and waits to be killed before or after its commit. */
  async order() {
    const [key = '', commits] = given
    const { within, commit } = begin(path)
    within.exec("INSERT INTO orders VALUES ('books')")
    const done = await (await store.within(within)).compareAndSet(key, undefined, record())
    if (commits === 'commits') commit()
    say(String(done))
    await new Promise((resolve) => setTimeout(resolve, 60_000))
  },
  async increment() {
    const [key = '', times] = given
    await start()
    for (let done = 0; done < Number(times); ) {
      const current = await store.load(key)
      if (!current) throw new Error('The record has gone.')
      const payload = String(Number(current.payload) + 1)
      if (await store.compareAndSet(key, current.version, record({ payload }))) done += 1
    }
  },
  async create() {
    const [count] = given
    await start()
    for (let index = 0; index < Number(count); index += 1) {
      const made = record({ payload: String(process.pid) })
      if (await store.compareAndSet(`key-${index}`, undefined, made)) say(index)
    }
  },
  /** Puts its own record each time, and reports when it starts to. */
  async put() {
    for (let index = 0; ; index += 1) {
      const key = `${process.pid}-${index}`
      const began = Date.now()
      const put = () => store.compareAndSet(key, undefined, record())
      if (!(await patiently(put))) throw new Error('The record already existed.')
      say(`${began} ${key}`)
    }
  },
  /** Writes forever. The records show whether they are complete. */
  async write() {
    const [key = ''] = given
    let current = await store.load(key)
    for (let n = firstNumber(current?.payload ?? '0') + 1; ; n += 1) {
      const next = record({ payload: `${n}:${String(n % 10).repeat((n * 977) % 40_000)}` })
      const isPut = await store.compareAndSet(key, current?.version, next)
      if (!isPut) throw new Error(`The record did not contain ${n - 1}.`)
      current = next
      say(n)
    }
  },
  /** Uses the store and never closes it. */
  async leave() {
    await store.compareAndSet('left', undefined, record())
    say('left')
  },
}

await tasks[what]?.()
