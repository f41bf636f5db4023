import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../guide/processes.ts'
import { npmProject, openWorkshop, pasteGuideWithProbes, type Workshop } from '../guide/project.ts'
import { serveGuideApp } from '../guide/runtimes.ts'
import { itKeepsTheGuidesPromises } from '../guide/scenario.ts'
import { type Launch, startServer } from '../guide/server.ts'
import { useServer } from '../guide/use-server.ts'
import { Visitor } from '../guide/visitor.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'

const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))

let lowest: Record<string, string>
let workshop: Workshop
let redis: RedisServer
let app: string

beforeAll(async () => {
  redis = await startRedis()
  workshop = await openWorkshop()
  lowest = await lowestPeers()
  const peers = Object.entries(lowest).map(([name, version]) => `${name}@${version}`)
  // Unlike our declarations, the declarations of redis need the types of Node.
  const others = [workshop.stasis, 'tsx', '@types/node@20', ...peers]
  app = await npmProject(workshop, 'lowest', others, { type: 'module' })
  await pasteGuideWithProbes(app)
  await writeFile(join(app, 'redis.ts'), appOn(`{ driver: 'redis', redis: { url } }`))
  await writeFile(join(app, 'page.tsx'), page)
  await writeFile(join(app, 'cache.ts'), appOn(`{ store: cacheStore(cache) }`))
}, 120_000)

afterAll(async () => {
  await workshop?.remove()
  await redis?.stop()
})

/** The lowest versions in the peer ranges, except those of our packages. */
async function lowestPeers(): Promise<Record<string, string>> {
  const file = new URL('../../packages/orbit/package.json', import.meta.url)
  const { peerDependencies }: { peerDependencies: Record<string, string> } = JSON.parse(
    await readFile(file, 'utf8'),
  )
  const others = Object.entries(peerDependencies).filter(([name]) => name !== 'gravito-core')
  return Object.fromEntries(others.map(([name, range]) => [name, range.replace(/^\^/, '')]))
}

const appOn = (options: string) => `
  import { session } from '@gravito/orbit'
  import { cacheStore } from '@gravito/orbit/cache'
  import { createCache } from '@gravito/stasis'
  import { Hono } from 'hono'
  import { createClient } from 'redis'

  const url = '${redis.url}'
  const cache = createCache({ default: 'redis', stores: { redis: { driver: 'redis', url } } })
  export const own = () => session({ driver: 'redis', redis: { client: createClient({ url }) } })
  export const kept = () => session({ store: cacheStore(cache) })

  const app = new Hono()
  app.use(session(${options}))
  app.get('/me', (c) => c.json({ userId: c.get('session').get('userId', null) }))
  app.post('/login', (c) => {
    c.get('session').put('userId', 'user_123')
    return c.json({ ok: true })
  })
  export default app
`

/** Streamed, because in newer versions JSX has changed most in streaming. */
const page = `
  import { session } from '@gravito/orbit'
  import { FieldErrors, Flash } from '@gravito/orbit/jsx'
  import { Hono } from 'hono'
  import { jsxRenderer } from 'hono/jsx-renderer'
  import { Suspense } from 'hono/jsx/streaming'

  const app = new Hono()
  app.use(session())
  app.use(jsxRenderer(({ children }) => <main>{children}</main>, { stream: true }))
  const Slow = async () => {
    await new Promise(setImmediate)
    return <div><Flash name="note" /><FieldErrors name="item" /></div>
  }
  app.get('/', (c) => {
    c.get('session').now('note', 'a < b')
    return c.render(<Suspense fallback="One moment"><Slow /></Suspense>)
  })
  console.log(await (await app.request('/')).text())
`

describe('with the oldest Hono and redis in the peer ranges', () => {
  it('these versions are installed', async () => {
    expect(lowest).toEqual({ hono: expect.any(String), redis: expect.any(String) })
    for (const [name, version] of Object.entries(lowest)) {
      const manifest = await readFile(join(app, 'node_modules', name, 'package.json'), 'utf8')
      expect(JSON.parse(manifest).version, name).toBe(version)
    }
  })

  it("the guide's app and an app with its own client compile", async () => {
    const compilerOptions = {
      module: 'esnext',
      moduleResolution: 'bundler',
      target: 'es2023',
      types: ['node'],
      jsx: 'react-jsx',
      jsxImportSource: 'hono/jsx',
      strict: true,
      noEmit: true,
      // Errors in the old declarations of Hono and redis do not count.
      skipLibCheck: true,
    }
    const include = [
      'src/bootstrap.ts',
      'src/routes/printed.ts',
      'redis.ts',
      'cache.ts',
      'page.tsx',
    ]
    await writeFile(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, include }))

    expect((await run(process.execPath, [tsc, '-p', app], app)).output).toBe('')
  })

  it('the JSX components work on a streamed page', async () => {
    const { output } = await run(process.execPath, ['--import', 'tsx', 'page.tsx'], app)

    expect(output).toContain('<div><p role="status">a &lt; b</p></div>')
  })

  describe("the guide's app", () => {
    itKeepsTheGuidesPromises(
      useServer(() => serveGuideApp.node(app)),
      'gravito_session',
    )
  })

  it.each(['redis', 'cache'])(
    'an app signs in and stays signed in, with sessions in the %s',
    async (on) => {
      const launch = (): Launch => ({
        command: join(app, 'node_modules/.bin/gravito'),
        args: ['serve', `${on}.ts`],
        cwd: app,
      })
      const first = await startServer(launch)
      const visitor = new Visitor(first.url)
      await visitor.json('/me')
      expect((await visitor.sendWithToken('POST', '/login')).status).toBe(200)
      await first.stop()

      const second = await startServer(launch)
      try {
        const later = new Visitor(second.url, [['session', visitor.cookie('session')]])
        expect(await later.json('/me')).toEqual({ userId: 'user_123' })
      } finally {
        await second.stop()
      }
    },
  )
})
