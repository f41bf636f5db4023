import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { testClient } from '@gravito/orbit/testing'
import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundled } from './bundle.ts'

const folder = fileURLToPath(new URL('../../examples/workers/', import.meta.url))

/** The part of a Worker's configuration that the example uses. */
interface Config {
  readonly main: string
  readonly compatibility_date: string
  readonly compatibility_flags: string[]
  readonly durable_objects: { readonly bindings: { name: string; class_name: string }[] }
  readonly migrations: { readonly new_sqlite_classes: string[] }[]
}

let miniflare: Miniflare
let url: string

beforeAll(async () => {
  const config: Config = JSON.parse(await readFile(`${folder}wrangler.jsonc`, 'utf8'))
  const sqlite = config.migrations.flatMap(({ new_sqlite_classes }) => new_sqlite_classes)
  const objects = config.durable_objects.bindings.map(
    ({ name, class_name: className }) =>
      [name, { className, useSQLite: sqlite.includes(className) }] as const,
  )
  const contents = await bundled(`${folder}${config.main}`)
  miniflare = new Miniflare({
    modules: [{ type: 'ESModule', path: 'index.js', contents }],
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    durableObjects: Object.fromEntries(objects),
    bindings: { APP_KEY: 'a secret of the tests, long enough for all' },
  })
  url = (await miniflare.ready).origin
}, 60_000)
afterAll(() => miniflare?.dispose())

describe('examples/workers, with its wrangler configuration', () => {
  it('signs in, counts pages, and signs out', async () => {
    const client = testClient(url)
    expect((await client.get('/me')).status).toBe(401)
    const page = await client.follow(client.post('/login', { form: { name: 'Ada' } }))
    expect(await page.text()).toMatch(/Welcome, Ada![\s\S]*Signed in as Ada\. Pages viewed: 1\./)
    expect(await (await client.get('/')).text()).toContain('Pages viewed: 2.')
    expect(await (await client.get('/me')).json()).toEqual({ userId: 'Ada' })

    const left = await client.follow(client.post('/logout'))
    expect(await left.text()).toMatch(/You are signed out\.[\s\S]*Sign in/)
    expect((await client.get('/me')).status).toBe(401)
  })

  it('refuses a form from another site', async () => {
    const client = testClient(url)
    const headers = { 'Sec-Fetch-Site': 'cross-site' }
    expect((await client.post('/login', { form: { name: 'Ada' }, headers })).status).toBe(403)
  })
})
