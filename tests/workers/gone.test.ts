import { connect } from 'node:net'
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
async function goneAt(verb: string, worker: string, path: string, init: Init = {}) {
  await fetch(`${workerd.url(worker)}/hold/${verb}/${gate}`, { method: 'POST' })
  const { hostname, port } = new URL(workerd.url(worker))
  const socket = connect(Number(port), hostname)
  const headers = Object.entries({ Host: hostname, 'Content-Length': '0', ...init.headers })
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.write(`${init.method ?? 'GET'} ${path} HTTP/1.1\r\n${lines}\r\n`)
  await gates.arrived(gate)
  // Without a reset, workerd treats the connection as closed in one direction only.
  socket.resetAndDestroy()
  // When workerd responds to this request, it has noticed the disconnection.
  await fetch(`${workerd.url(worker)}/hold/nothing/none`, { method: 'POST' })
}

interface Init {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

async function visitor() {
  const client = browserOf(workerd, 'app')
  await client.get('/')
  await client.post('/increment')
  const headers = { Cookie: client.cookieHeader, 'X-CSRF-Token': String(client.token) }
  return { client, init: { method: 'POST', headers } }
}

describe('a request whose client has disconnected', () => {
  it('finishes the commit that it has started', async () => {
    const { client, init } = await visitor()
    await goneAt('compareAndSet', 'app', '/increment', init)
    gates.open(gate)
    await expect.poll(() => client.json('/'), { timeout: 10_000 }).toEqual({ count: 2 })
  })

  it('finishes a save() in the handler', async () => {
    const { client, init } = await visitor()
    await goneAt('compareAndSet', 'app', '/save', init)
    gates.open(gate)
    await expect.poll(() => client.json('/devices'), { timeout: 10_000 }).toBe(1)
  })

  it('still ends its session if the handler throws', async () => {
    const { client, init } = await visitor()
    await goneAt('compareAndSet', 'app', '/throw', init)
    gates.open(gate)
    await expect.poll(() => client.json('/'), { timeout: 10_000 }).toEqual({})
  })

  it('blocks no other request of the session', async () => {
    const { client, init } = await visitor()
    await goneAt('compareAndSet', 'app', '/increment', init)
    const responses = await Promise.all([1, 2, 3].map(() => client.post('/increment')))
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(await client.json('/')).toEqual({ count: 4 })
    gates.open(gate)
    await expect.poll(() => client.json('/'), { timeout: 10_000 }).toEqual({ count: 5 })
  })

  it('blocks no other request that needs the secret in the store', async () => {
    await goneAt('load', 'secretless', '/')
    const client = browserOf(workerd, 'secretless')
    expect((await client.get('/')).status).toBe(200)
    expect((await client.post('/increment')).status).toBe(200)
  })
})
