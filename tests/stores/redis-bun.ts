// `bun test` runs this file, from redis-clients.test.ts: the clients that are part of Bun.
// @ts-expect-error Its types come from Bun, which is not a dependency.
import { afterAll, describe, it } from 'bun:test'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { redisStore } from '../../packages/orbit/src/stores/redis.ts'
import { describeSessionStore } from '../../packages/orbit/src/testing/contract.ts'

// @ts-expect-error As above.
const { redis, RedisClient } = globalThis.Bun
const own = new RedisClient(process.env.REDIS_URL)
let tests = 0

for (const [name, client] of [
  ['Bun.redis', redis],
  ['RedisClient', own],
]) {
  describeSessionStore(
    name,
    ({ now }) => {
      tests += 1
      const prefix = `bun-${process.pid}-${tests}:`
      const store = redisStore({ client, prefix, now })
      const spoil = async (key: string) => void (await client.set(prefix + key, 'not a record'))
      return {
        stores: [store, redisStore({ client, prefix, now })],
        spoil,
        close: () => store.close(),
      }
    },
    { describe, it },
  )

  it(`${name} passes the check at boot, and lists its keys`, async () => {
    const warnings: string[] = []
    const store = redisStore({
      client,
      prefix: `walk-${name}:`,
      warn: (text) => warnings.push(text),
    })
    await store.ready()
    await store.compareAndSet('a', undefined, { version: 'v', payload: 'p' })
    const seen: string[] = []
    for await (const key of store.keys()) seen.push(key)
    if (seen.join() !== 'a' || warnings.length > 0) throw new Error(`${seen} ${warnings}`)
  })
}

it('a Bun client whose server disappears silently is replaced within seconds', async () => {
  let isGone = false
  const { hostname, port } = new URL(String(process.env.REDIS_URL))
  const proxy = createServer((socket) => {
    const isLost = () => isGone && socket === first
    const beyond = connect(Number(port), hostname)
    first ??= socket
    for (const one of [socket, beyond]) one.on('error', () => {})
    socket.on('data', (data) => isLost() || beyond.write(data))
    beyond.on('data', (data) => isLost() || socket.write(data))
    socket.on('close', () => beyond.destroy())
  })
  let first: unknown
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const address = proxy.address()
  const at = typeof address === 'object' ? address?.port : undefined
  const client = new RedisClient(`redis://127.0.0.1:${at}`)
  const store = redisStore({ client, timeoutMs: 300 })
  await store.load('a')
  isGone = true
  const end = performance.now() + 6_000
  while (
    !(await Promise.resolve(store.load('a')).then(
      () => true,
      () => false,
    ))
  ) {
    if (performance.now() > end) throw new Error('The client did not reconnect in time.')
  }
  await store.close()
  client.close()
  proxy.close()
})

afterAll(() => own.close())
