import { afterAll, describe, expect, it } from 'vitest'
import { Client } from '../hono/client.ts'
import { startRedis } from '../servers/redis.ts'
import { startUpstash, token } from '../servers/upstash.ts'
import { startWorkerd } from './workerd.ts'

const server = await startRedis()
const front = await startUpstash(server)
const workerd = await startWorkerd({
  script: 'upstash',
  workers: {
    one: { UPSTASH_URL: front.url, TOKEN: token },
    other: { UPSTASH_URL: front.url, TOKEN: token },
  },
})
afterAll(async () => {
  await workerd.stop()
  await front.stop()
  await server.stop()
})

describe('the Upstash store in a Worker', async () => {
  const url = workerd.url('one')
  const names: string[] = await (await fetch(`${url}/contract`)).json()

  it.each(names.map((name, at) => [name, at] as const))('%s', async (_, at) => {
    expect(await (await fetch(`${url}/contract/${at}`)).text()).toBe('passed')
  })

  it('loses no update of overlapping requests, in one isolate and in two', async () => {
    const ada = new Client(fetch, url)
    await ada.get('/me')
    expect((await ada.post('/login')).status).toBe(200)
    const elsewhere = ada.copy(fetch, workerd.url('other'))
    const all = await Promise.all(
      Array.from({ length: 30 }, (_, at) => (at % 2 ? ada : elsewhere).post('/count')),
    )
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 200))
    expect(await ada.json('/me')).toMatchObject({ count: 30 })
  })
})
