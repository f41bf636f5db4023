import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { memoryStore, type SessionOptions, type SessionStore, session } from '../../index.ts'
import { chaotic, type Fault } from '../chaos.ts'
import { testClock } from '../clock.ts'
import { testClient } from './create.ts'

function world(options: SessionOptions = {}) {
  const clock = testClock(Date.UTC(2030, 0, 1))
  const writes: string[] = []
  const inner = memoryStore({ now: clock.now })
  const store: SessionStore = {
    load: inner.load,
    compareAndSet(key, version, next) {
      writes.push(key)
      return inner.compareAndSet(key, version, next)
    },
    close: inner.close,
  }
  const app = new Hono()
  app.use(session({ store, now: clock.now, ...options }))
  app.get('/handle', (c) => c.text(c.get('session').id()))
  app.get('/message', (c) => c.json(c.get('session').getFlash('success', null)))
  app.post('/regenerate', (c) => {
    c.get('session').regenerate()
    return c.text('moved')
  })
  app.post('/logout', (c) => {
    c.get('session').signOut()
    return c.text('bye')
  })
  return { clock, writes, client: testClient(app) }
}

const start = Date.UTC(2030, 0, 1)
const minutes = (count: number) => new Date(start + count * 60_000)

describe('the stored session of a client', () => {
  it('is its whole session', async () => {
    const { client } = world()
    const data = { theme: null, at: new Date(0), seen: new Map([['a', [1]]]), big: 1n }
    await client.actingAs('ada', { data, flash: { success: ['Saved'], hidden: false } })

    expect(await client.session()).toEqual({
      data: { ...data, userId: 'ada' },
      flash: { success: ['Saved'], hidden: false },
      userId: 'ada',
      confirmedAt: minutes(0),
      handle: await (await client.get('/handle')).text(),
      createdAt: minutes(0),
      lastActiveAt: minutes(0),
      expiresAt: minutes(30),
    })
  })

  it('does not change when it is read: no message ends, nothing is written, and it does not count as activity', async () => {
    const { client, clock, writes } = world()
    await client.actingAs('ada', { flash: { success: 'Saved' } })
    clock.travel({ minutes: 5 })
    writes.length = 0
    const cookies = [...client.cookies]

    for (let count = 0; count < 3; count += 1) {
      expect(await client.session()).toMatchObject({
        flash: { success: 'Saved' },
        lastActiveAt: minutes(0),
        expiresAt: minutes(30),
      })
    }

    expect(writes).toEqual([])
    expect([...client.cookies]).toEqual(cookies)
    expect(await (await client.get('/message')).json()).toBe('Saved')
    expect(await client.session()).toMatchObject({ flash: {}, lastActiveAt: minutes(5) })
  })

  it('is undefined for a visitor, after a sign-out, and after its end', async () => {
    const { client, clock } = world()
    expect(await client.session()).toBeUndefined()
    await client.get('/handle')
    expect(await client.session()).toBeUndefined()
    await client.actingAs('ada')
    const thief = client.copy()

    await client.post('/logout')
    expect(await client.session()).toBeUndefined()
    expect(await thief.session()).toBeUndefined()

    await client.actingAs('ada')
    clock.travel({ minutes: 31 })
    expect(await client.session()).toBeUndefined()
  })

  it('ends at the absolute timeout too', async () => {
    const { client } = world({ idleTimeoutSeconds: 600, absoluteTimeoutSeconds: 600 })
    await client.withSession({ a: 1 })

    expect((await client.session())?.expiresAt).toEqual(minutes(10))
  })

  it('ends at its original absolute timeout if the app has a longer one now', async () => {
    const { now } = testClock(start)
    const store = memoryStore({ now })
    const clientOf = (absoluteTimeoutSeconds: number) =>
      testClient(
        new Hono().use(
          session({
            store,
            now,
            idleTimeoutSeconds: absoluteTimeoutSeconds,
            absoluteTimeoutSeconds,
          }),
        ),
      )
    const before = await clientOf(600).actingAs('ada')
    const after = clientOf(1200)
    for (const [name, value] of before.cookies) after.cookies.set(name, value)

    expect((await after.session())?.expiresAt).toEqual(minutes(10))
  })

  it('is what the id can still read, if the id is old', async () => {
    const { client, clock } = world()
    await client.actingAs('ada', { data: { a: 1 } })
    const old = client.copy()
    await client.post('/regenerate')
    await client.withSession({ a: 2 })

    expect(await old.session()).toMatchObject({
      data: { a: 1 },
      expiresAt: new Date(start + 10_000),
    })
    expect(await client.session()).toMatchObject({ data: { a: 2 } })
    clock.travel({ seconds: 10 })
    expect(await old.session()).toBeUndefined()
  })

  it('is unknown while the store fails', async () => {
    let fault: Fault = 'none'
    const { client } = world({ store: chaotic(memoryStore(), () => fault) })
    await client.actingAs('ada')
    fault = 'fail'

    await expect(client.session()).rejects.toMatchObject({ code: 'session-unavailable' })
  })
})
