// Sessions in a database, in a separate process: `worker.ts <client> <url> <table> <key> <times>`.
import { newRecord } from '../redis-setting.ts'
import { isClient, openers, storeOf } from './setting.ts'

const [name = '', url = '', table = '', key = '', times = '0'] = process.argv.slice(2)
if (!isClient(name)) throw new Error(`There is no client ${name}.`)
const opened = openers[name](url)
const { store } = storeOf(opened, { table })
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)

async function increment(): Promise<void> {
  for (;;) {
    const current = await store.load(key)
    const payload = String(Number(current?.payload ?? 0) + 1)
    if (await store.compareAndSet(key, current?.version, newRecord({ payload }))) return
  }
}

await store.load(key)
say('ready')
process.stdin.once('data', async () => {
  await Promise.all(Array.from({ length: Number(times) }, increment)).then(
    () => say('done'),
    (error: unknown) => say(String(error)),
  )
  await store.close()
  await opened.end()
  process.exit()
})
