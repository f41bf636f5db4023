import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { browserOf } from './browser.ts'
import { Gates } from './gates.ts'
import { startWorkerd, type Workerd } from './workerd.ts'

const gates = new Gates()
const APP_KEY = 'the secret of the tests is long enough'
let workerd: Workerd

beforeAll(async () => {
  workerd = await startWorkerd({
    script: 'held',
    ask: gates.ask,
    workers: { app: { APP_KEY }, secretless: {} },
  })
}, 60_000)
afterAll(() => workerd?.stop())

let count = 0
let gate: string
beforeEach(() => {
  count += 1
  gate = `gone-${count}`
})

/** A request whose client disconnects while a store call waits at the gate. */
async function goneAt(verb: string, worker: string, path: string, init: RequestInit) {
  await fetch(`${workerd.url(worker)}/hold/${verb}/${gate}`, { method: 'POST' })
  const leaving = new AbortController()
  const gone = fetch(`${workerd.url(worker)}${path}`, { ...init, signal: leaving.signal })
  const settled = gone.catch(() => {})
  await gates.arrived(gate)
  leaving.abort()
  await settled
}

async function visitor() {
  const client = browserOf(workerd, 'app')
  await client.get('/')
  await client.post('/increment')
  const headers = { Cookie: client.cookieHeader, 'X-CSRF-Token': client.token }
  return { client, init: { method: 'POST', headers } }
}

describe('a request whose client has disconnected', () => {
  it('finishes the commit that it has begun', async () => {
    const { client, init } = await visitor()
    await goneAt('compareAndSet', 'app', '/increment', init)
    gates.open(gate)
    await expect.poll(() => client.json('/'), { timeout: 10_000 }).toEqual({ count: 2 })
  })

  it('keeps no other request of the session waiting', async () => {
    const { client, init } = await visitor()
    await goneAt('compareAndSet', 'app', '/increment', init)
    const responses = await Promise.all([1, 2, 3].map(() => client.post('/increment')))
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(await client.json('/')).toEqual({ count: 4 })
    gates.open(gate)
    await expect.poll(() => client.json('/'), { timeout: 10_000 }).toEqual({ count: 5 })
  })

  it('keeps no other request waiting for the secret of the store', async () => {
    await goneAt('load', 'secretless', '/', {})
    const client = browserOf(workerd, 'secretless')
    expect((await client.get('/')).status).toBe(200)
    expect((await client.post('/increment')).status).toBe(200)
  })
})
