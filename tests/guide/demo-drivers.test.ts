import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { nodeWithSqlite } from '../stores/sqlite/runtimes.ts'
import { asBrowser, flashOf, itemsOf, Reader } from './demo-reader.ts'
import { run } from './processes.ts'
import { serveGuideApp } from './runtimes.ts'
import { type Launch, type Server, startServer } from './server.ts'
import { demo, gravito } from './use-demo.ts'

const entry = join(demo, 'src/bootstrap.ts')

let redis: RedisServer
let folder: string
let server: Server | undefined

beforeAll(async () => {
  redis = await startRedis()
  folder = await mkdtemp(join(tmpdir(), 'gravito-demo-'))
})

afterEach(async () => {
  await server?.stop()
  server = undefined
})

afterAll(async () => {
  await redis.stop()
  await rm(folder, { recursive: true })
})

/** The demo with a driver, in its own folder. */
async function start(driver: string, variables: readonly string[] = []): Promise<Server> {
  const node = driver === 'sqlite' ? nodeWithSqlite() : process.execPath
  const args = [...variables, `DRIVER=${driver}`, node, gravito, 'serve', entry]
  server = await startServer((): Launch => ({ command: 'env', args, cwd: folder }))
  return server
}

async function restart(driver: string, variables: readonly string[] = []): Promise<Server> {
  expect(await server?.stop()).toBe(0)
  return start(driver, variables)
}

const atRedis = () => [`REDIS_URL=${redis.url}`]

describe.each([
  ['file', () => []],
  ['sqlite', () => []],
  ['redis', atRedis],
  ['cache', atRedis],
])('with DRIVER=%s', (driver, variables) => {
  it('the demo keeps the signed-in user and the cart after a restart', async () => {
    const { url } = await start(driver, variables())
    const before = new Reader(url)
    expect(await before.open('/')).toContain(`Driver: <code>${driver}</code>`)
    await before.addToCart('Milk')
    expect(flashOf(await before.signIn('Ada'))).toBe('Welcome, Ada.')

    const after = before.at((await restart(driver, variables())).url)
    expect(await after.visitor.json('/me')).toEqual({ userId: 'Ada' })
    expect(itemsOf(await after.addToCart('Bread'))).toEqual(['Milk', 'Bread'])
    const copy = after.visitor.copy()
    expect(flashOf(await after.pressAndFollow('/', 'Sign out'))).toBe('Signed out.')
    expect(await copy.json('/me')).toEqual({ userId: null })
  })
})

it('while Redis hangs, the demo shows an error page, and does not sign the user out', async () => {
  const { url } = await start('redis', atRedis())
  const reader = new Reader(url)
  await reader.signIn('Ada')
  const profile = () => reader.visitor.send('GET', '/profile', { headers: asBrowser })

  redis.pause()
  const response = await profile().finally(() => redis.continue())
  expect(response.status).toBe(503)
  expect(response.headers.getSetCookie()).toEqual([])
  expect(await response.text()).toContain('<strong>503 session-unavailable</strong>')
  await expect.poll(async () => (await profile()).status, { timeout: 5_000 }).toBe(200)
  expect(await reader.visitor.json('/me')).toEqual({ userId: 'Ada' })
})

describe.each([
  ['memory', []],
  ['cache', ['REDIS_URL=']],
])('with DRIVER=%s and no server for the sessions', (driver, variables) => {
  it('the demo runs, and its sessions end with its process', async () => {
    const before = new Reader((await start(driver, variables)).url)
    await before.signIn('Ada')
    expect(await before.visitor.json('/me')).toEqual({ userId: 'Ada' })

    const after = before.at((await restart(driver, variables)).url)
    expect(await after.visitor.json('/me')).toEqual({ userId: null })
  })
})

it('an unknown driver is refused at boot, by name', async () => {
  const { code, output } = await run(gravito, ['serve', entry], folder, { DRIVER: 'mongo' })

  expect(code).toBe(1)
  expect(output).toContain('session.driver is the string "mongo"; it can be "memory", "file"')
})

describe.each([
  ['Bun', () => serveGuideApp.bun(demo)],
  ['Deno', () => serveGuideApp.deno(demo)],
])('on %s', (_, launch) => {
  it('the demo runs without changes', async () => {
    server = await startServer(launch())
    const reader = new Reader(server.url)
    await reader.addToCart('Milk')

    expect(flashOf(await reader.signIn('Ada'))).toBe('Welcome, Ada.')
    expect(itemsOf(await reader.open('/cart'))).toEqual(['Milk'])
    const button = 'Sign out, then use the copied cookie'
    expect(await reader.pressAndFollow('/attacks', button)).toContain('{&quot;userId&quot;:null}')
    expect((await fetch(new URL('/assets/style.css', server.url))).status).toBe(200)
  })
})
