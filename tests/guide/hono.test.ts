import { afterAll, beforeAll, describe } from 'vitest'
import { npmProject, openWorkshop, pasteHonoApp, type Workshop } from './project.ts'
import { serveHonoApp } from './runtimes.ts'
import { itKeepsTheGuidesPromises } from './scenario.ts'
import { useServer } from './use-server.ts'

let workshop: Workshop
let app: string

beforeAll(async () => {
  workshop = await openWorkshop()
  app = await npmProject(workshop, 'hono-app', ['hono', '@hono/node-server', 'tsx'])
  await pasteHonoApp(app)
}, 120_000)

afterAll(() => workshop?.remove())

describe.each([
  ['Bun', () => serveHonoApp.bun(app)],
  ['Node', () => serveHonoApp.node(app)],
  ['Deno', () => serveHonoApp.deno(app)],
] as const)('session() in an app of Hono alone, on %s', (_, launch) => {
  itKeepsTheGuidesPromises(useServer(launch), 'session')
})
