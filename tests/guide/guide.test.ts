import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chosen } from '../extent.ts'
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
import { guideRuntimes, serveGuideApp } from './runtimes.ts'
import { itIsServedBy, itKeepsTheGuidesPromises } from './scenario.ts'
import { startServer } from './server.ts'
import { useServer } from './use-server.ts'
import { Visitor } from './visitor.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const runtimes = chosen('guide/guide', guideRuntimes)

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

/** Installed with the runtime's own package manager, or with npm. */
const appFor = (runtime: string) => (runtime === 'Bun' ? bunApp : npmApp)

describe.each(runtimes)("the guide's app, installed from tarballs, on %s", (name, serve) => {
  const server = useServer(() => serve(appFor(name)))
  const baseUrl = () => server().url

  itIsServedBy(name, server)
  itKeepsTheGuidesPromises(server, 'gravito_session')

  it('accepts the headers that Axios sends by itself', async () => {
    const visitor = new Visitor(baseUrl())
    await visitor.send('GET', '/me')

    const args = [here('axios-client.mjs'), `${baseUrl()}/login`, visitor.cookieHeader]
    const printed = await mustRun(process.execPath, args, npmApp)

    expect(JSON.parse(printed)).toEqual({ status: 200, sent: { 'x-xsrf-token': visitor.token } })
  })

  it('runs the fetch call from the guide', async () => {
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

describe("the guide's app exactly as printed", () => {
  // `npm init -y` writes "commonjs". `npm install` and `bun add` in an empty folder write nothing.
  const types = [
    ['no "type"', {}],
    ['"type": "commonjs"', { type: 'commonjs' }],
    ['"type": "module"', { type: 'module' }],
  ] as const
  const folders = runtimes.flatMap(([runtime, serve]) =>
    types.map(([what, fields]) => [runtime, what, serve, fields] as const),
  )

  it.each(folders)(
    'signs in and out on %s, in a folder whose package.json has %s',
    async (runtime, _, serve, fields) => {
      const name = `printed-${runtime.replace(' ', '-')}-${Object.values(fields)[0] ?? 'no-type'}`
      const app = await siblingOf(appFor(runtime), name, fields)
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

  it('ends without an error if `gravito serve` gets a SIGTERM', async () => {
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
