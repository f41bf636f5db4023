// Sessions in a cache, in a separate process: `worker.ts <redis url> <what> <key> <times>`.
import { cacheStore } from '../../../packages/orbit/src/stores/cache.ts'
import { createCache } from '../../../packages/stasis/src/index.ts'
import { record } from './setting.ts'

const [url = '', what = '', name = '', times = '0'] = process.argv.slice(2)
const cache = createCache({ stores: { redis: { driver: 'redis', url } } })
const store = cacheStore(cache)
await cache.ready()
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)

async function increment(): Promise<void> {
  for (;;) {
    const current = await store.load(name)
    const payload = String(Number(current?.payload ?? 0) + 1)
    if (await store.compareAndSet(name, current?.version, record({ payload }))) return
  }
}

async function create(index: number): Promise<void> {
  const payload = String(process.pid)
  if (await store.compareAndSet(`${name}-${index}`, undefined, record({ payload }))) say(index)
}

say('ready')
process.stdin.once('data', async () => {
  for (let index = 0; index < Number(times); index += 1) {
    await (what === 'increment' ? increment() : create(index))
  }
  say('done')
  await cache.close()
  process.exit()
})
