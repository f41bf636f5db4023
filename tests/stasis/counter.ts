// Counts in a cache, in a separate process: `counter.ts <redis url> <how often>`.
import { createCache } from '../../packages/stasis/src/index.ts'

const [url = '', times = '0'] = process.argv.slice(2)
const cache = createCache({ stores: { redis: { driver: 'redis', url } } })
await cache.ready()
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)

say('ready')
process.stdin.once('data', async () => {
  const calls = Array.from({ length: Number(times) }, () => cache.increment('counter'))
  await Promise.all(calls)
  for (let done = 0; done < Number(times); ) {
    const list = await cache.get<number[]>('list')
    const next = [...(list ?? []), process.pid]
    if (await cache.compareAndSet('list', list, next)) done += 1
  }
  const won = await Promise.all([cache.add('one', process.pid), cache.pull('coupon')])
  say(won)
  await cache.close()
  process.exit()
})
