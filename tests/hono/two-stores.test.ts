import { memoryStore, OrbitSession, type SessionStore, session, sessionsOf } from '@gravito/orbit'
import { PlanetCore } from 'gravito-core'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { allSessions } from '../../packages/orbit/src/admin/all-sessions.ts'
import { moveSessions } from '../../packages/orbit/src/move.ts'
import { look, take } from '../../packages/orbit/src/stores/moving/look.ts'
import { nextStep } from '../../packages/orbit/src/stores/moving/protocol.ts'
import { chaotic } from '../../packages/orbit/src/testing/chaos.ts'
import { Client } from './client.ts'
import { secret, signedIn } from './setting.ts'

/** An app on one store, or on two. No secret is configured, so the store keeps one. */
function appOn(store: SessionStore | readonly [SessionStore, SessionStore], options = {}) {
  const logger = { warn() {}, error() {} }
  const middleware = session({ store, logger, ...options })
  const app = new Hono()
  app.use(middleware)
  app.get('/me', (c) => c.json({ userId: c.get('session').userId ?? null }))
  app.post('/login', (c) => {
    c.get('session').signIn(c.req.query('as') ?? 'ada')
    return c.text('done')
  })
  app.post('/logout', (c) => {
    c.get('session').signOut()
    return c.text('done')
  })
  return { app, middleware }
}

/** The same browser, with another deployment of the app. */
const at = (client: Client, { app }: { app: Hono }) =>
  new Client(app, 'http://localhost', client.cookies)
const userOf = async (client: Client) => (await client.json('/me')) as { userId: string | null }

async function setting() {
  const [to, from] = [memoryStore(), memoryStore()]
  const ada = await signedIn(new Client(appOn(from).app))
  return { to, from, ada }
}

describe('an app whose sessions move to another store', () => {
  it('does not start if both stores keep a secret, because the app can use only one of them (R12)', async () => {
    const { to, from, ada } = await setting()
    await signedIn(new Client(appOn(to).app))

    const { middleware } = appOn([to, from])

    await expect(middleware.ready()).rejects.toThrow('The new store must be empty')
    await expect(appOn([to, from], { secret }).middleware.ready()).resolves.toBeUndefined()
    await expect(appOn([memoryStore(), from]).middleware.ready()).resolves.toBeUndefined()
    expect(await userOf(at(ada, appOn([memoryStore(), from])))).toEqual({ userId: 'ada' })
  })

  it('keeps all users signed in, from the old store only to the new store only', async () => {
    const { to, from, ada } = await setting()
    const both = appOn([to, from])
    expect(await userOf(at(ada, both))).toEqual({ userId: 'ada' })
    const bob = await signedIn(new Client(both.app), 'bob')

    expect(await moveSessions({ from, to })).toMatchObject({ skipped: 0, isComplete: true })

    expect(await userOf(at(ada, both))).toEqual({ userId: 'ada' })
    const alone = appOn(to)
    for (const [client, userId] of [[ada, 'ada'] as const, [bob, 'bob'] as const]) {
      expect(await userOf(at(client, alone))).toEqual({ userId })
    }
    // The secret from the old store now signs new ids.
    const eve = await signedIn(new Client(alone.app), 'eve')
    expect(await userOf(at(eve, both))).toEqual({ userId: 'eve' })
  })

  it('ends a session in the old store, and the move does not restore it', async () => {
    const { to, from, ada } = await setting()
    const both = appOn([to, from])
    const old = ada.copy()
    expect((await at(ada, both).post('/logout')).status).toBe(200)

    await moveSessions({ from, to })

    for (const app of [both, appOn(to)]) {
      expect(await userOf(at(old, app))).toEqual({ userId: null })
    }
  })

  it('lists and ends the sessions of a user in both stores', async () => {
    const { to, from, ada } = await setting()
    const both = appOn([to, from])
    const phone = await signedIn(new Client(both.app))
    const ofAda = sessionsOf([to, from]).of('ada')

    expect(await ofAda.list()).toHaveLength(2)
    expect(await ofAda.endAll()).toBe(2)

    await moveSessions({ from, to })
    for (const client of [ada, phone]) {
      expect(await userOf(at(client, both))).toEqual({ userId: null })
    }
  })

  it('lists every session, even one that moves meanwhile', async () => {
    const { to, from } = await setting()
    let walked = 0
    const [young, old] = [to, from].map((store) => ({
      ...store,
      async *keys() {
        yield* store.keys()
        walked += 1
        if (walked === 1) await moveSessions({ from, to })
      },
    }))
    if (!young || !old) throw new Error('There must be two stores.')
    const owners = new Set<unknown>()
    for await (const { owner } of allSessions(appOn([young, old]).middleware).walk()) {
      owners.add(owner)
    }

    expect(walked).toBe(2)
    expect([...owners]).toEqual(['ada'])
  })

  it('signs nobody out if a process knows only the old store: the request fails with 503', async () => {
    const { to, from, ada } = await setting()
    for await (const key of from.keys()) {
      for (let steps = 0; steps < 3; steps += 1) {
        const seen = await look({ to, from }, key)
        const step = nextStep(seen.to, seen.from, Date.now())
        if (typeof step === 'object') await take({ to, from }, key, step)
      }
    }

    const response = await at(ada, appOn(from, { secret })).get('/me')

    // The process cannot even load the secret from the store.
    expect(response.status).toBe(503)
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await userOf(at(ada, appOn([to, from])))).toEqual({ userId: 'ada' })
  })

  it('serves sessions that have moved while the old store is down, and fails with 503 for the others', async () => {
    const { to, from, ada } = await setting()
    const own = { secret }
    const bob = await signedIn(new Client(appOn(to, own).app), 'bob')
    const both = appOn([to, chaotic(from, () => 'fail')], own)

    expect(await userOf(at(bob, both))).toEqual({ userId: 'bob' })
    const cy = await signedIn(new Client(appOn(from, own).app), 'cy')
    expect((await at(cy, both).get('/me')).status).toBe(503)
    expect((await at(ada, both).get('/me')).status).toBe(503)
  })

  it('closes both stores, even unused ones', async () => {
    for (const isUsed of [true, false]) {
      const closed: string[] = []
      const one = (name: string) => ({
        ...memoryStore(),
        close: () => void closed.push(name),
      })
      const { app, middleware } = appOn([one('to'), one('from')])
      if (isUsed) await signedIn(new Client(app))
      await middleware.close()

      expect(closed).toEqual(['to', 'from'])
    }
  })

  it('can be a Gravito app, which does not boot if both stores are the same', async () => {
    const { to, from, ada } = await setting()
    const boot = (store: readonly [SessionStore, SessionStore]) =>
      PlanetCore.boot({
        config: { session: { store, logger: { warn() {}, error() {} } } },
        orbits: [new OrbitSession()],
      })

    const core = await boot([to, from])
    expect(await core.sessions.of('ada').list()).toHaveLength(1)
    core.app.get('/me', (c) => c.json({ userId: c.get('session').userId ?? null }))
    expect(await userOf(at(ada, core))).toEqual({ userId: 'ada' })
    await expect(boot([to, { ...to }])).rejects.toThrow(/are the same/)
  })
})
