import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fileStore } from '../../packages/orbit/src/stores/file.ts'
import { browsers, project, sessions, sessionsInTerminal, written } from './project.ts'

/** An app of plain Hono, which serves itself. */
const files = {
  'package.json': '{ "type": "module" }',
  'src/index.js': `
    import { serve } from '@hono/node-server'
    import { session } from '@gravito/orbit'
    import { Hono } from 'hono'
    const app = new Hono()
    app.use(session({ driver: 'file' }))
    const server = serve({ fetch: app.fetch, port: Number(process.env.PORT) }, ({ port }) => {
      console.log('listening on', port, server.address().port === port)
    })
    setInterval(() => {}, 1000)`,
}

let folder: string
let app: ReturnType<typeof browsers>

beforeAll(() => {
  folder = project(files)
  app = browsers(fileStore({ path: join(folder, 'storage/sessions') }))
})

afterAll(async () => {
  const secrets = app.secrets()
  await app.close()
  expect(secrets.length).toBeGreaterThan(20)
  const all = written.join('\n')
  expect(secrets.filter((secret) => all.includes(secret))).toEqual([])
})

const run = (...args: string[]) => sessions(folder, args)

describe('gravito sessions in the folder of an app', () => {
  it('counts sessions without opening the port of the app, even if another process uses it', async () => {
    await app.signIn('bob')
    await app.withCart()
    const blocker = createServer().listen(0)
    await once(blocker, 'listening')
    const address = blocker.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const ran = await sessions(folder, ['count', '--json'], { PORT: String(port) })
    blocker.close()
    expect(JSON.parse(ran.stdout)).toMatchObject({ sessions: 2, signedIn: 1, notSignedIn: 1 })
    expect(ran.stderr).toContain(`listening on ${port} true`)
    expect(ran.code).toBe(0)
  })

  it('lists, shows and ends a session', async () => {
    const { client, handle } = await app.signIn('cy')
    expect((await run('list', '--owner', 'cy')).stdout).toContain(`${handle}  cy`)
    const shown = await run('show', handle)
    expect(shown.stdout).toMatch(/^ {2}plan +string$/m)
    expect(shown.stdout).toContain('from \\u001b[31mthe tests')
    expect(shown.stdout).not.toContain('Mars')
    expect(await run('end', handle)).toMatchObject({ code: 0, stdout: 'Ended 1 session.\n' })
    expect(await app.isSignedIn(client)).toBe(false)
    expect((await run('end', handle)).code).toBe(1)
  })

  it('ends all sessions of a user after a confirmation in a terminal, and none without a terminal', async () => {
    const ada = [await app.signIn('ada'), await app.signIn('ada')]
    const refused = await run('end-owner', 'ada')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain(
      'There is no terminal to ask for confirmation, so nothing was done.',
    )
    for (const { client } of ada) expect(await app.isSignedIn(client)).toBe(true)
    const { code, stdout } = await sessionsInTerminal(folder, ['end-owner', 'ada'], 'y')
    expect(stdout).toContain('This ends 2 sessions of user ada. Continue? [y/N]')
    expect(stdout).toContain('Ended 2 sessions of user ada.')
    expect(code).toBe(0)
    for (const { client } of ada) expect(await app.isSignedIn(client)).toBe(false)
  })

  it('removes expired records', async () => {
    expect(await run('prune')).toMatchObject({ code: 0, stdout: 'Removed 0 expired records.\n' })
  })

  it('prints the migration of a table', async () => {
    const { code, stdout } = await run('table', '--dialect', 'postgres')
    expect(stdout).toContain('CREATE TABLE IF NOT EXISTS "sessions" (')
    expect(code).toBe(0)
  })

  it('explains wrong usage, and exits with code 2', async () => {
    const { code, stdout, stderr } = await run('count', '--jsn')
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/'--jsn'\. gravito sessions count takes: --app, /)
  })
})
