import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { mustRun } from '../guide/processes.ts'
import { npmProject, openWorkshop, pasteGuide, siblingOf, type Workshop } from '../guide/project.ts'
import { serveGuideApp } from '../guide/runtimes.ts'
import { type Server, startServer } from '../guide/server.ts'
import { Client } from '../hono/client.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { nodeWithSqlite } from '../stores/sqlite/runtimes.ts'

let workshop: Workshop
let project: string
let redis: RedisServer
let server: Server | undefined

beforeAll(async () => {
  redis = await startRedis()
  vi.stubEnv('REDIS_URL', redis.url)
  workshop = await openWorkshop()
  project = await npmProject(workshop, 'app', ['tsx', workshop.stasis])
}, 120_000)
afterEach(async () => {
  await server?.stop()
  server = undefined
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await workshop?.remove()
  await redis?.stop()
})

/** The guide's app in a separate folder, with some strings replaced. */
async function guideWith(name: string, ...changes: [printed: string, instead: string][]) {
  const app = await siblingOf(project, name, { type: 'module' })
  await pasteGuide(app)
  const file = join(app, 'src/bootstrap.ts')
  let text = await readFile(file, 'utf8')
  for (const [printed, instead] of changes) {
    expect(text).toContain(printed)
    text = text.replace(printed, instead)
  }
  await writeFile(file, text)
  return app
}

function driver(name: string): [string, string] {
  return ["driver: 'memory'", `driver: '${name}'`]
}

const withCache: [string, string][] = [
  driver('cache'),
  ['orbits: [new OrbitSession()]', 'orbits: [new OrbitCache(), new OrbitSession()]'],
  [
    "import { OrbitSession } from '@gravito/orbit'",
    "import { OrbitSession } from '@gravito/orbit'\nimport { OrbitCache } from '@gravito/stasis'",
  ],
]

async function serve(app: string, node = process.execPath, options: string[] = []) {
  server = await startServer(serveGuideApp.nodeAt(node, app, options))
  return new Client(fetch, server.url)
}

async function signsInAndOut(client: Client): Promise<void> {
  expect(await client.json('/me')).toEqual({ userId: null })
  expect((await client.post('/login')).status).toBe(200)
  expect(await client.json('/me')).toEqual({ userId: 'user_123' })
  expect((await client.post('/logout')).status).toBe(200)
  expect(await client.json('/me')).toEqual({ userId: null })
}

/** A restart between sign-in and sign-out. */
async function survives(app: string, node?: string): Promise<void> {
  const before = await serve(app, node)
  await signsInAndOut(before)
  await before.post('/login')
  expect(await server?.stop()).toBe(0)

  const base = await serve(app, node).then(() => server?.url)
  const after = before.copy(fetch, base)

  expect(await after.json('/me')).toEqual({ userId: 'user_123' })
  expect((await after.post('/logout')).status).toBe(200)
  expect(await before.copy(fetch, base).json('/me')).toEqual({ userId: null })
}

// This test comes first, because the package must not be installed yet.
it("an error names the package that driver: 'redis' needs", async () => {
  const app = await guideWith('redis-missing', driver('redis'))
  await expect(serve(app)).rejects.toThrow(/npm i redis/)
  await mustRun('npm', ['i', '--no-audit', '--no-fund', 'redis'], project)
}, 60_000)

it("an error names the runtime that driver: 'sqlite' needs", async () => {
  const app = await guideWith('sqlite-missing', driver('sqlite'))
  const serving = serve(app, nodeWithSqlite(), ['--no-experimental-sqlite'])
  await expect(serving).rejects.toThrow(/Node 22\.13/)
})

describe("the guide's app with another driver signs in and out, and survives a restart", () => {
  it('on file', async () => survives(await guideWith('file', driver('file'))))

  it('on sqlite', async () =>
    survives(await guideWith('sqlite', driver('sqlite')), nodeWithSqlite()))

  it('on redis', async () => survives(await guideWith('redis', driver('redis'))))

  it('on cache, over Redis', async () => {
    const stores = "{ redis: { driver: 'redis' } }"
    const config: [string, string] = ['config: {', `config: {\n    cache: { stores: ${stores} },`]
    await survives(await guideWith('cache-redis', ...withCache, config))
  })

  it('on cache, in memory, whose data ends with the process', async () => {
    const app = await guideWith('cache', ...withCache)
    const client = await serve(app)
    await signsInAndOut(client)
    await client.post('/login')
    await server?.stop()
    await serve(app)
    expect(await client.copy(fetch, server?.url).json('/me')).toEqual({ userId: null })
  })
})
