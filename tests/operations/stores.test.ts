import { join } from 'node:path'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allSessions } from '../../packages/orbit/src/admin/all-sessions.ts'
import { fileStore } from '../../packages/orbit/src/stores/file.ts'
import { redisStore } from '../../packages/orbit/src/stores/redis.ts'
import { sqlStore } from '../../packages/orbit/src/stores/sql.ts'
import { bun, deno } from '../runtimes/binaries.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { type SqlServer, startPostgres } from '../servers/sql.ts'
import { nodeWithSqlite } from '../stores/sqlite/runtimes.ts'
import { browsers, project, sessions } from './project.ts'

let redis: RedisServer
let postgres: SqlServer

beforeAll(async () => {
  ;[redis, postgres] = await Promise.all([startRedis(), startPostgres()])
}, 60_000)

afterAll(async () => {
  await redis?.stop()
  await postgres?.stop()
})

const json = (text: string): unknown => JSON.parse(text)

describe('gravito sessions with a store', () => {
  it('in Redis, with the URL in an environment variable', async () => {
    const app = browsers(redisStore({ url: redis.url, prefix: 'shop:' }))
    const { client } = await app.signIn('ada')
    const env = { STORE: `${redis.url}?prefix=shop:` }
    const run = (...args: string[]) => sessions(project({}), [...args, '--store', 'env:STORE'], env)
    expect(json((await run('count', '--json')).stdout)).toMatchObject({ sessions: 1, lists: 1 })
    expect((await run('end-owner', 'ada')).stdout).toBe('Ended 1 session of user ada.\n')
    expect(await app.isSignedIn(client)).toBe(false)
    const pruned = await run('prune')
    expect(pruned.code).toBe(1)
    expect(pruned.stderr).toContain('You do not need a scheduled job')
    await app.close()
  })

  it('in PostgreSQL, in a table with another name, with the package pg of the project', async () => {
    const pool = new Pool({ connectionString: postgres.url })
    const app = browsers(sqlStore({ client: pool, table: 'people', createTable: true }), 'id')
    const { client, handle } = await app.signIn(7)
    const store = `${postgres.url}?table=people`
    const run = (...args: string[]) =>
      sessions(project({}), [...args, '--store', store, '--owner-key', 'id'])
    expect((await run('list')).stdout).toContain('7 (number)')
    expect((await run('end', handle)).stdout).toBe('Ended 1 session.\n')
    expect(await app.isSignedIn(client)).toBe(false)
    expect((await run('prune')).stdout).toMatch(/^Removed \d+ expired records?\.\n$/)
    await app.close()
    await pool.end()
  })

  it('moves sessions from files to Redis, while the app uses both', async () => {
    const folder = project({})
    const from = fileStore({ path: join(folder, 'sessions') })
    const to = redisStore({ url: redis.url, prefix: 'moved:' })
    const app = browsers([to, from])
    const before = browsers(fileStore({ path: join(folder, 'sessions') }))
    const { handle } = await before.signIn('ada')
    const env = { TO: `${redis.url}?prefix=moved:` }
    const args = ['move', '--from', 'file:sessions', '--to', 'env:TO', '--yes']
    const { code, stdout } = await sessions(folder, args, env)
    expect(stdout).toMatch(/^\d records have moved, 0 skipped\.\n$/)
    expect(code).toBe(0)
    const all = allSessions(app.middleware)
    expect((await all.list()).sessions).toMatchObject([{ handle, owner: 'ada' }])
    expect(await all.count()).toMatchObject({ sessions: 1, lists: 1 })
    expect(await all.end(handle)).toBe(true)
    await before.close()
    await app.close()
  })

  it('reports that the server is down, without its password', async () => {
    const address = 'redis://user:hush@127.0.0.1:1'
    const { code, stderr } = await sessions(project({}), ['count', '--store', address])
    expect(code).toBe(1)
    expect(stderr).toContain('gravito: ')
    expect(stderr).not.toContain('hush')
  })
})

describe('gravito sessions on another runtime', () => {
  const app = {
    'src/app.ts': `
      import { session } from '@gravito/orbit'
      import { Hono } from 'hono'
      const app: Hono = new Hono()
      app.use(session({ driver: process.env.DRIVER === 'sqlite' ? 'sqlite' : 'file' }))
      console.log('the app is loaded')
      export default { port: 1, fetch: app.fetch }`,
  }

  it.each<[string, () => readonly [string, ...string[]]]>([
    ['Bun', () => [bun(), 'run']],
    ['Deno', () => [deno(), 'run', '-A']],
  ])('counts, shows and ends sessions on %s', async (_, command) => {
    const folder = project(app)
    const people = browsers(fileStore({ path: join(folder, 'storage/sessions') }))
    const { client, handle } = await people.signIn('ada')
    const run = (...args: string[]) => sessions(folder, args, {}, command())
    const counted = await run('count', '--json')
    expect(counted.stderr).toContain('the app is loaded')
    expect(json(counted.stdout)).toMatchObject({ sessions: 1 })
    expect((await run('show', handle)).stdout).toContain('ada')
    expect((await run('end', handle)).stdout).toBe('Ended 1 session.\n')
    expect((await run('end', handle)).code).toBe(1)
    expect(await people.isSignedIn(client)).toBe(false)
    await people.close()
  })

  it('finds sessions in SQLite on a Node with node:sqlite', async () => {
    const folder = project(app)
    const run = (...args: string[]) =>
      sessions(folder, args, { DRIVER: 'sqlite' }, [nodeWithSqlite()])
    expect((await run('count')).code).toBe(0)
    const store = 'sqlite:storage/sessions.sqlite?table=sessions'
    const counted = await run('count', '--json', '--store', store)
    expect(json(counted.stdout)).toMatchObject({ sessions: 0 })
    expect((await run('prune')).stdout).toBe('Removed 0 expired records.\n')
  })
})
