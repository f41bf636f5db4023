import { describe, expect, it } from 'vitest'
import { Client } from './client.ts'
import { setting, signedIn } from './setting.ts'

const nobody = { userId: null }

/**
 * The response to every unknown cookie is that of a visitor. The store never gets the cookie. The first cookie
 * that looks like an id makes the process look up the kept secret, once.
 */
async function expectVisitor(world: ReturnType<typeof setting>, value: string): Promise<void> {
  world.store.taken()
  const client = world.client()
  client.set('session', value)

  const response = await client.get('/me')

  expect(response.status, value).toBe(200)
  expect(await response.json()).toEqual(nobody)
  expect(client.cookie('session')).not.toBe(value)
  expect(
    world.store.keys.filter((key) => !key.startsWith('secret-')),
    value,
  ).toEqual([])
  expect(world.store.keys.length, value).toBeLessThanOrEqual(1)
}

describe('an id that we did not issue (R11)', () => {
  it.each([
    ['nothing', ''],
    ['a word', 'admin'],
    ['a path', '../../etc/passwd'],
    ['a NUL', '%00'],
    ['the name of a prototype property', '__proto__'],
    ['a glob pattern', '*'],
    ['dots', '...'],
    ['quotes', '"'],
    ['broken percent encoding', '%E0%A4%A'],
    ['JSON', '{"userId":"ada"}'],
    ['eight thousand characters', 's.'.padEnd(8000, 'A')],
  ])('counts as a visitor: %s', async (_, value) => {
    await expectVisitor(setting(), value)
  })

  it('counts as a visitor if any bit of a real id is flipped', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const real = ada.cookie('session')
    for (let at = 0; at < real.length; at += 1) {
      for (const bit of [1, 2, 4, 8, 16, 32]) {
        const other = String.fromCharCode(real.charCodeAt(at) ^ bit)
        if (/[;,\s"\\]|[^\x21-\x7e]/.test(other)) continue
        await expectVisitor(world, real.slice(0, at) + other + real.slice(at + 1))
      }
    }
    world.store.taken()
    const again = world.client()
    again.set('session', `${real.slice(0, -1)}-`)
    await again.get('/me')
    expect(world.store.taken()).toEqual([])
    expect(await ada.json('/me')).toEqual({ userId: 'ada' })
  })

  it.each([
    ['one character less', (real: string) => real.slice(0, -1)],
    ['one character more', (real: string) => `${real}A`],
    ['in quotes', (real: string) => `"${real}"`],
    ['in upper case', (real: string) => real.toUpperCase()],
    ['with padding', (real: string) => `${real}=`],
    ['without the signature', (real: string) => real.split('.').slice(0, 3).join('.')],
    ['as another kind', (real: string) => real.replace(/^s/, 'v')],
    ['the random part only', (real: string) => real.split('.')[1] ?? ''],
  ])('counts as a visitor: a real id %s', async (_, change) => {
    const world = setting()
    const ada = await signedIn(world.client())

    await expectVisitor(world, change(ada.cookie('session')))
  })

  it("counts as a visitor: the store's key, and the handle from the logs", async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const handle = await world.within(ada, (session) => session.id())

    await expectVisitor(world, handle)
    await expectVisitor(world, `s.${handle}.${world.store.live()[0]?.instance}.${handle}`)
  })

  it('counts as a visitor: an id of an app with another secret', async () => {
    const other = await signedIn(
      setting({ secret: 'quite another secret, long enough as well' }).client(),
    )

    await expectVisitor(setting(), other.cookie('session'))
  })

  it('counts as a visitor: an id that the same secret signed for another cookie name', async () => {
    const other = setting({ cookie: { name: 'admin' } })
    const ada = await signedIn(other.client())
    const world = setting({ store: other.store, now: other.clock.now })

    await expectVisitor(world, ada.cookie('admin'))
  })

  it('counts as a visitor: a signed-in id of another store', async () => {
    const world = setting()
    const elsewhere = await signedIn(setting().client())
    const client = elsewhere.copy(world.app)

    expect(await client.json('/me')).toEqual(nobody)
    expect(world.store.live()).toEqual([])
  })

  it('is not adopted by a write: the session gets a new id', async () => {
    const world = setting()
    const client = world.client()
    client.set('session', `s.${'A'.repeat(43)}.${'A'.repeat(16)}.${'A'.repeat(43)}`)
    await world.within(client, (session) => {
      session.clear()
      session.put('a', 1)
    })

    expect(client.cookie('session')).not.toContain('AAAA')
    expect(await client.json('/all')).toEqual({ a: 1 })
  })

  it('is reported without its value', async () => {
    const world = setting()
    const client = world.client()
    client.set('session', 'planted-by-somebody')
    await client.get('/me')

    expect(world.events).toEqual([{ type: 'session:unknown-id', reason: 'not-ours' }])
  })
})

describe('the id of a session', () => {
  it('is accepted from the cookie only', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const id = ada.cookie('session')

    const bare = new Client(world.app)
    const headers = { 'X-Session': id, Authorization: `Bearer ${id}`, session: id }
    expect(await bare.json(`/me?session=${id}`, { headers })).toEqual(nobody)
  })

  it('is visible to handlers as the handle only, which is not in the cookie', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const handle = await world.within(ada, (session) => session.id())

    expect(handle).toMatch(/^[\w-]{43}$/)
    expect(ada.cookie('session')).not.toContain(handle)
  })
})
