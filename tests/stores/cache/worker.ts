// Sessions in a cache, as a process of its own: `worker.ts <redis url> <what> <key or owner> <times>`.
import { newMark } from '../../../packages/orbit/src/session/record.ts'
import { cacheStore } from '../../../packages/orbit/src/stores/cache.ts'
import { createCache } from '../../../packages/stasis/src/index.ts'

const [url = '', what = '', name = '', times = '0'] = process.argv.slice(2)
const cache = createCache({ stores: { redis: { driver: 'redis', url } } })
const store = cacheStore(cache)
await cache.ready()
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)

async function increment(): Promise<void> {
  for (;;) {
    const record = await store.load(name)
    if (!record) throw new Error('The record has gone.')
    const next = { ...record, version: newMark(), payload: String(Number(record.payload) + 1) }
    if ((await store.replace(name, next, record.version)) === 'replaced') return
  }
}

async function signIn(index: number): Promise<void> {
  const [createdAt, expiresAt] = [Date.now(), Date.now() + 60_000]
  const record = { version: newMark(), birth: newMark(), payload: '', owner: name }
  const key = `${process.pid}-${index}`
  const outcome = await store.create(key, {
    ...record,
    createdAt,
    expiresAt,
    lastActivityAt: createdAt,
  })
  say([key, outcome])
}

if (what === 'secret') say(await store.secret?.(`proposal of ${process.pid}`))
say('ready')
process.stdin.once('data', async () => {
  for (let index = 0; index < Number(times); index += 1) {
    await (what === 'increment' ? increment() : signIn(index))
  }
  say('done')
  await cache.close()
  process.exit()
})
