import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mustRun } from './processes.ts'
import {
  bunProject,
  npmProject,
  openWorkshop,
  pasteGuide,
  pasteGuideWithProbes,
  siblingOf,
  type Workshop,
} from './project.ts'
import { serveGuideApp } from './runtimes.ts'
import { itKeepsTheGuidesPromises } from './scenario.ts'
import { startServer } from './server.ts'
import { useServer } from './use-server.ts'
import { Visitor } from './visitor.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

let workshop: Workshop
let npmApp: string
let bunApp: string

beforeAll(async () => {
  workshop = await openWorkshop()
  ;[npmApp, bunApp] = await Promise.all([
    npmProject(workshop, 'npm-app', ['tsx', 'axios@1.21.1']),
    bunProject(workshop),
  ])
  await Promise.all([npmApp, bunApp].map(pasteGuideWithProbes))
}, 120_000)

afterAll(() => workshop?.remove())

describe.each([
  ['Bun', () => serveGuideApp.bun(bunApp)],
  ['Node', () => serveGuideApp.node(npmApp)],
  ['Deno', () => serveGuideApp.deno(npmApp)],
] as const)("the guide's app, installed from packed tarballs, on %s", (_, launch) => {
  const server = useServer(launch)
  const baseUrl = () => server().url

  itKeepsTheGuidesPromises(server, 'gravito_session')

  it('takes what Axios sends by itself', async () => {
    const visitor = new Visitor(baseUrl())
    await visitor.send('GET', '/me')

    const args = [here('axios-client.mjs'), `${baseUrl()}/login`, visitor.cookieHeader]
    const printed = await mustRun(process.execPath, args, npmApp)

    expect(JSON.parse(printed)).toEqual({ status: 200, sent: { 'x-xsrf-token': visitor.token } })
  })

  it("runs the guide's fetch call as it is printed", async () => {
    const visitor = new Visitor(baseUrl())
    await visitor.send('GET', '/me')
    const code = await readFile(here('app/frontend/login.ts'), 'utf8')
    const names = ['fetch', 'csrfToken', 'email', 'password']
    const page = new Function(...names, `return (async () => { ${code}; return res })()`)
    const browserFetch = (path: string, { method = 'GET', ...init }) =>
      visitor.send(method, path, init)

    const response: Response = await page(browserFetch, visitor.token, 'ada@example.com', 'secret')

    expect(response.status).toBe(200)
    expect(await visitor.json('/me')).toEqual({ userId: 'user_123' })
  })
})

describe("the guide's app with not a letter added", () => {
  // `npm init -y` writes "commonjs", `npm install` and `bun add` in an empty folder write nothing.
  const folders = [
    ['Bun', 'no "type"', serveGuideApp.bun, {}],
    ['Deno', 'no "type"', serveGuideApp.deno, {}],
    ['Deno', '"type": "commonjs"', serveGuideApp.deno, { type: 'commonjs' }],
    ['Deno', '"type": "module"', serveGuideApp.deno, { type: 'module' }],
    ['Node', 'no "type"', serveGuideApp.node, {}],
    ['Node', '"type": "commonjs"', serveGuideApp.node, { type: 'commonjs' }],
    ['Node', '"type": "module"', serveGuideApp.node, { type: 'module' }],
  ] as const

  it.each(folders)(
    'signs in and out on %s, in a folder whose package.json has %s',
    async (runtime, _, serve, fields) => {
      const name = `printed-${runtime}-${Object.values(fields)[0] ?? 'no-type'}`
      const app = await siblingOf(runtime === 'Bun' ? bunApp : npmApp, name, fields)
      await pasteGuide(app)
      const server = await startServer(serve(app))
      try {
        const visitor = new Visitor(server.url)
        expect(await visitor.json('/me')).toEqual({ userId: null })
        await visitor.sendWithToken('POST', '/login')
        expect(await visitor.json('/me')).toEqual({ userId: 'user_123' })
        await visitor.sendWithToken('POST', '/logout')
        expect(await visitor.json('/me')).toEqual({ userId: null })
      } finally {
        await server.stop()
      }
    },
  )

  it('ends without an error when SIGTERM asks `gravito serve` to', async () => {
    const app = await siblingOf(npmApp, 'printed-sigterm', { type: 'module' })
    await pasteGuide(app)
    const server = await startServer(serveGuideApp.node(app))
    const visitor = new Visitor(server.url)
    await visitor.send('GET', '/me')
    await visitor.sendWithToken('POST', '/login')

    expect(await server.stop()).toBe(0)
    await expect(visitor.send('GET', '/me')).rejects.toThrow()
  })
})
