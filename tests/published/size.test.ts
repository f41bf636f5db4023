import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer } from '../guide/server.ts'
import { expectSignIn } from '../guide/sign-in.ts'
import { Visitor } from '../guide/visitor.ts'
import { bundle, chunksWith, type Size, sizeOf } from './bundle.ts'
import { type Consumer, openConsumer } from './consumer.ts'

/**
 * The size of the code that an app loads before its first request, in bytes: about 5 % above the last
 * measurement. If you raise it, the commit must say what the bytes are for.
 */
const budgets: [string, RegExp, Size][] = [
  ['our own code', /^(hono|devalue)(\/|$)/, { minified: 75_000, gzip: 26_900, brotli: 24_200 }],
  ['our own code and devalue', /^hono(\/|$)/, { minified: 75_000, gzip: 26_900, brotli: 24_200 }],
]

const app = `
  import { Hono } from 'hono'
  import { session } from '@gravito/orbit'

  export const app = new Hono()
  app.use(session({ driver: process.argv[2] }))
  app.get('/me', (c) => c.json({ userId: c.get('session').get('userId', null) }))
  app.post('/login', (c) => {
    c.get('session').put('userId', 'user_123')
    return c.json({ ok: true })
  })
`

const honoAlone = `
  import { Hono } from 'hono'

  export const app = new Hono()
  app.get('/me', (c) => c.json({ userId: null }))
  app.post('/login', (c) => c.json({ ok: true }))
`

const server = `
  import { serve } from '@hono/node-server'
  import { app } from './app.mjs'

  serve({ fetch: app.fetch, port: Number(process.env.PORT) })
`

const drivers = /@gravito\/orbit\/dist\/stores\/(file|redis|sql|sqlite|cache)(\.js|\/)/

const memory = /@gravito\/orbit\/dist\/memory\.js/

let consumer: Consumer
let appFile: string

beforeAll(async () => {
  consumer = await openConsumer()
  appFile = await consumer.write('app.mjs', app)
}, 60_000)

afterAll(() => consumer?.remove())

describe('a plain Hono app with session() on the memory driver, bundled', () => {
  it.each(budgets)('is within the budget for %s', async (what, without, budget) => {
    const size = await loaded({ entry: appFile, without })

    report(what, size, budget)
    expect(size.minified, 'minified').toBeLessThanOrEqual(budget.minified)
    expect(size.gzip, 'gzip').toBeLessThanOrEqual(budget.gzip)
    expect(size.brotli, 'brotli').toBeLessThanOrEqual(budget.brotli)
  })

  it('is measured next to the same app without sessions', async () => {
    const alone = await loaded({ entry: await consumer.write('hono-alone.mjs', honoAlone) })
    const whole = await loaded({ entry: appFile })

    report('Hono alone', alone)
    report('Hono with the session', whole)
    expect(whole.gzip).toBeGreaterThan(alone.gzip)
  })

  it('loads neither a driver nor gravito-core before they are needed', async () => {
    const { chunks, atOnce } = await bundle({ folder: consumer.folder, entry: appFile })

    expect(chunksWith(atOnce, memory)).toEqual([])
    expect(chunksWith(atOnce, drivers)).toEqual([])
    expect(chunksWith(chunks, /node_modules\/(gravito-core|redis|@redis)\//)).toEqual([])
    // Otherwise the lines above would look for names that no longer exist.
    expect(chunksWith(chunks, memory)).toHaveLength(1)
    expect(chunksWith(chunks, drivers)).toHaveLength(5)
  })

  it('loads no other driver with any export of the main entry', async () => {
    const entry = await consumer.write('whole.mjs', `export * from '@gravito/orbit'`)
    const { chunks, atOnce } = await bundle({ folder: consumer.folder, entry })

    expect(chunksWith(atOnce, drivers)).toEqual([])
    expect(chunksWith(chunks, drivers)).toHaveLength(5)
  })

  describe('in a folder without node_modules', () => {
    let folder: string
    let later: string[]

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'gravito-bundle-'))
      const entry = await consumer.write('server.mjs', server)
      const { chunks, atOnce } = await bundle({ folder: consumer.folder, entry, into: folder })
      const files = chunks.filter((chunk) => !atOnce.includes(chunk))
      later = files.map(({ fileName }) => join(folder, fileName))
    })

    afterAll(() => rm(folder, { recursive: true, force: true }))

    it.each(['memory', 'file'])('signs in on Node, with the %s driver', async (driver) => {
      const launch = { command: process.execPath, args: ['entry.mjs', driver], cwd: folder }
      await expectSignIn(() => launch)
    })

    it('needs no other file for the first request, and retries to load a missing one', async () => {
      const away = (file: string) => `${file}.away`
      for (const file of later) await rename(file, away(file))
      const launch = { command: process.execPath, args: ['entry.mjs', 'memory'], cwd: folder }
      const server = await startServer(() => launch)
      try {
        const visitor = new Visitor(server.url)
        expect(await visitor.json('/me')).toEqual({ userId: null })

        const refused = await visitor.sendWithToken('POST', '/login')
        expect(refused.status).toBe(503)
        expect(await refused.json()).toMatchObject({
          error: {
            code: 'session-unavailable',
            message: expect.stringContaining('could not be loaded'),
          },
        })

        for (const file of later) await rename(away(file), file)
        expect((await visitor.sendWithToken('POST', '/login')).status).toBe(200)
        expect(await visitor.json('/me')).toEqual({ userId: 'user_123' })
      } finally {
        await server.stop()
      }
    })
  })
})

describe('csrfFetch on a page, bundled', () => {
  const page = `
    import { csrfFetch } from '@gravito/orbit/client'
    window.save = () => csrfFetch('/notes', { method: 'POST' })
  `

  it('takes less than 1 KB, compressed, and contains only its own module', async () => {
    const entry = await consumer.write('page.mjs', page)
    const { chunks } = await bundle({ folder: consumer.folder, entry })

    const size = sizeOf(chunks)
    report('csrfFetch', size)
    expect(size.gzip).toBeLessThan(1_024)
    const modules = chunks.flatMap((chunk) => Object.keys(chunk.modules))
    const inPackages = modules.filter((module) => module.includes('node_modules'))
    expect(inPackages.map((module) => basename(module))).toEqual(['client.js'])
    expect(
      chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]),
    ).toEqual([])
  })
})

async function loaded(options: { entry: string; without?: RegExp }): Promise<Size> {
  const { atOnce } = await bundle({ folder: consumer.folder, ...options })
  return sizeOf(atOnce)
}

function report(what: string, size: Size, budget?: Size): void {
  const figures = ({ minified, gzip, brotli }: Size) =>
    `${minified} bytes minified, ${gzip} gzip, ${brotli} brotli`
  console.log(`${what}: ${figures(size)}${budget ? `; budget ${figures(budget)}` : ''}`)
}
