import { session } from '@gravito/orbit'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { type SessionAdminOptions, sessionAdmin } from '../../packages/orbit/src/admin/app.ts'
import { newStore } from '../behaviour/store.ts'
import { Client } from './client.ts'
import { secret } from './setting.ts'

const path = '/admin/sessions'
const html = { headers: { Accept: 'text/html' } }

function world(admin: Partial<SessionAdminOptions> = {}, app = new Hono()) {
  app.use(session({ secret, store: newStore() }))
  app.get('/me', (c) => c.json({ userId: c.get('session').userId ?? null }))
  app.post('/login', async (c) => {
    const { owner }: { owner: string | number } = await c.req.json()
    c.get('session').signIn(owner)
    return c.json({})
  })
  app.route(path, sessionAdmin({ allow: () => true, ...admin }))
  app.onError((error) => new Response(error.message, { status: 500 }))
  return app
}

const jsonBody = (body: string) => ({ headers: { 'Content-Type': 'application/json' }, body })

async function signIn(app: Hono, owner: string | number): Promise<Client> {
  const client = new Client(app)
  await client.get('/me')
  await client.post('/login', jsonBody(JSON.stringify({ owner })))
  return client
}

const read = async (response: Response) => Object(await response.json())

describe('sessionAdmin() ends the sessions of exactly the given user', () => {
  it('refuses a number that JSON rounds to the id of another user', async () => {
    const app = world()
    const root = await signIn(app, 'root')
    const other = await signIn(app, 12345678901234567000)
    const named = '{"owner":12345678901234567890}'
    const refused = await root.post(`${path}/end-owner`, jsonBody(named))
    expect([refused.status, (await read(refused)).error.code]).toEqual([400, 'bad-owner'])
    expect(await other.json('/me')).not.toEqual({ userId: null })
    const exact = '{"owner":"12345678901234567000","ownerType":"number"}'
    const ended = await root.post(`${path}/end-owner`, jsonBody(exact))
    expect(await read(ended)).toMatchObject({ ended: 1 })
  })

  it('refuses an unknown type, and uses the type of a number in JSON', async () => {
    const app = world()
    const root = await signIn(app, 'root')
    const text = await signIn(app, '1')
    const endOwner = (body: string) => root.post(`${path}/end-owner`, jsonBody(body))
    expect((await endOwner('{"owner":"1","ownerType":"nubmer"}')).status).toBe(400)
    expect((await root.get(`${path}?owner=1&ownerType=nubmer`)).status).toBe(400)
    expect(await read(await endOwner('{"owner":1}'))).toMatchObject({ ended: 0 })
    expect(await text.json('/me')).toEqual({ userId: '1' })
    const typed = await endOwner('{"owner":1,"ownerType":"string"}')
    expect(await read(typed)).toMatchObject({ ended: 1, ownerType: 'string' })
  })

  it('refuses an unknown ownerKey, even on the page that asks for confirmation', async () => {
    const root = await signIn(world(), 'root')
    const page = await root.get(`${path}/end-owner?owner=root&ownerKey=bad`, html)
    expect(page.status).toBe(400)
  })

  it('treats a body that it cannot read as a body without fields', async () => {
    const root = await signIn(world(), 'root')
    const headers = { 'Content-Type': 'multipart/form-data' }
    const response = await root.post(`${path}/end-owner`, { headers, body: 'x' })
    expect([response.status, (await read(response)).error.code]).toEqual([400, 'bad-owner'])
  })
})

it('sessionAdmin() lists the sessions of one user page by page', async () => {
  const app = world()
  for (let count = 0; count < 60; count += 1) await signIn(app, 'ada')
  const root = await signIn(app, 'root')
  const first = await read(await root.get(`${path}?owner=ada`))
  const second = await read(await root.get(`${path}?owner=ada&after=${first.next}`))
  expect([first.sessions.length, second.sessions.length]).toEqual([50, 10])
  expect(second).not.toHaveProperty('next')
  const page = await (await root.get(`${path}?owner=ada&ended=1`, html)).text()
  const [, link = ''] = /href="([^"]+)">Next page/.exec(page) ?? []
  const next = new URL(link.replaceAll('&amp;', '&'), `http://localhost${path}`)
  expect(next.search).toBe(`?owner=ada&after=${first.next}`)
  const text = await (await root.get(next.pathname + next.search, html)).text()
  expect(text.match(/<li>/g)).toHaveLength(10)
})

it('sessionAdmin() does not show the value that allow returned', async () => {
  const app = world({ allow: () => 'hush' as unknown as boolean })
  const response = await app.request(path)
  expect(response.status).toBe(500)
  expect(await response.text()).toBe('sessionAdmin.allow returned a string; return true or false.')
})

it.each(['', '/', '/count', '/count/'])(
  'sessionAdmin() links to its own pages correctly from "%s" in an app that is not strict',
  async (sub) => {
    const root = await signIn(world({}, new Hono({ strict: false })), 'root')
    const text = await (await root.get(path + sub, html)).text()
    const links = [...text.matchAll(/href="([^"]+)"/g)].map(([, link = '']) => link)
    const paths = links.map((link) => new URL(link, `http://localhost${path}${sub}`).pathname)
    expect(paths).toContain(`${path}/look.css`)
    for (const found of new Set(paths)) expect((await root.get(found, html)).status).toBe(200)
  },
)
