import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../hono/client.ts'
import { browserOf } from './browser.ts'
import { Gates } from './gates.ts'
import { oldestDate, startWorkerd, type Workerd } from './workerd.ts'

const gates = new Gates()
let workerd: Workerd

// Without APP_KEY, the first requests load the secret that the store keeps. With this date, workerd never
// settles a promise that one request awaits and another one resolves.
beforeAll(async () => {
  workerd = await startWorkerd({
    script: 'app',
    ask: gates.ask,
    date: oldestDate,
    workers: { 'durable-object': { STORE: 'durable-object' }, d1: { STORE: 'd1' } },
  })
}, 60_000)
afterAll(() => workerd?.stop())

describe.each(['durable-object', 'd1'])('overlapping requests in one isolate, on %s', (store) => {
  it('use the same secret from the first request on', async () => {
    const clients = Array.from({ length: 20 }, () => browserOf(workerd, store))
    const first = await Promise.all(clients.map((client) => client.get('/me')))
    expect(first.map(({ status }) => status)).toEqual(clients.map(() => 200))
    const writes = await Promise.all(clients.map((client) => client.post('/increment')))
    expect(writes.map(({ status }) => status)).toEqual(clients.map(() => 200))
  })

  it('do not depend on promises of each other, and lose no update', async () => {
    const client = await visitor(store)
    const gate = `${store}-isolate`
    const answers = Array.from({ length: 40 }, () => client.post(`/increment?gate=${gate}`))
    await gates.arrived(gate, 40)
    gates.open(gate)
    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    expect(statuses.filter((status) => status !== 200)).toEqual([])
    expect(await client.json('/all')).toEqual({ base: 'x', count: 40 })
  })
})

async function visitor(store: string): Promise<Client> {
  const client = browserOf(workerd, store)
  await client.get('/me')
  expect((await client.post('/put/base')).status).toBe(200)
  return client
}
