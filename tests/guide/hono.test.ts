import { afterAll, beforeAll, describe } from 'vitest'
import { npmProject, openWorkshop, pasteHonoApp, type Workshop } from './project.ts'
import { honoRuntimes } from './runtimes.ts'
import { itIsServedBy, itKeepsTheGuidesPromises } from './scenario.ts'
import { useServer } from './use-server.ts'

let workshop: Workshop
let app: string

beforeAll(async () => {
  workshop = await openWorkshop()
  app = await npmProject(workshop, 'hono-app', ['hono', '@hono/node-server', 'tsx'])
  await pasteHonoApp(app)
}, 120_000)

afterAll(() => workshop?.remove())

describe.each(honoRuntimes)('session() in a Hono app, on %s', (name, serve) => {
  const server = useServer(() => serve(app))
  itIsServedBy(name, server)
  itKeepsTheGuidesPromises(server, 'session')
})
