import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { memoryStore, type SessionMiddleware, type SessionOptions, session } from '@gravito/orbit'
import { testClient } from '@gravito/orbit/testing'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Server, startServer } from '../guide/server.ts'
import { type RunningServer, serve } from '../hono/server.ts'

const file = fileURLToPath(new URL('./server.mjs', import.meta.url))

const json = async (response: Promise<Response>): Promise<unknown> => (await response).json()

describe.each<[string, SessionOptions]>([
  ['a given secret', { secret: 'a secret of the server, of 32 bytes or more' }],
  ['the secret that its store keeps', {}],
])('a server in another process, with %s', (_, given) => {
  let folder: string
  let server: Server
  let sessions: SessionMiddleware

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gravito-testing-'))
    const options: SessionOptions = { ...given, driver: 'file', file: { path: folder } }
    const args = [file, JSON.stringify(options)]
    server = await startServer(() => ({ command: process.execPath, args, cwd: dirname(file) }))
    sessions = session(options)
  }, 30_000)

  afterAll(async () => {
    await sessions.close()
    await server.stop()
    await rm(folder, { recursive: true })
  })

  it('accepts the session that a test has created through its store and secret', async () => {
    const client = testClient(server.url, { sessions })

    await client.actingAs('ada', { data: { cart: ['book'] }, flash: { success: 'Hello' } })

    expect(await json(client.get('/'))).toEqual({ cart: ['book'], userId: 'ada' })
    expect(await json(client.get('/message'))).toBeNull()
    expect(await json(client.post('/add'))).toBe(1)
    expect((await client.session())?.data).toEqual({ added: 1, cart: ['book'], userId: 'ada' })
    expect(await sessions.sessions.of('ada').list()).toHaveLength(1)

    expect(await json(client.follow(client.post('/logout')))).toEqual({})
    expect(await client.session()).toBeUndefined()
    expect(await sessions.sessions.of('ada').list()).toEqual([])
  })

  it('shows what its own handlers have stored', async () => {
    const client = testClient(server.url, { sessions })
    await client.post('/add')

    expect((await client.session())?.data).toEqual({ added: 1 })
  })

  it('accepts a client without `sessions`, which cannot read or set sessions', async () => {
    const client = testClient(new URL(server.url))

    expect(await json(client.post('/add'))).toBe(1)
    expect(await json(client.fetch(`${server.url}/add`, { method: 'POST' }))).toBe(2)
    for (const call of [() => client.actingAs('ada'), () => client.session()]) {
      await expect(call()).rejects.toThrow(TypeError)
      await expect(call()).rejects.toThrow(
        'testClient(address, { sessions: session({ store, secret }) })',
      )
    }
  })
})

describe('a server in the test process', () => {
  const sessions = session({ store: memoryStore() })
  const app = new Hono().use(sessions).get('/', (c) => c.json(c.get('session').all()))
  let server: RunningServer

  beforeAll(async () => {
    server = await serve(app)
  })

  afterAll(() => server.close())

  it.each([
    ['its middleware', { sessions }],
    ['its app', { sessions: app }],
  ])('is found with %s', async (_, options) => {
    const client = await testClient(server.origin, options).actingAs('ada')

    expect(await json(client.get('/'))).toEqual({ userId: 'ada' })
  })
})
