import { type SessionOptions, type SessionStore, sessionsOf } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { allSessions } from '../../packages/orbit/src/admin/all-sessions.ts'
import { newStore } from '../behaviour/store.ts'
import type { Client } from './client.ts'
import { browsers, indexKeys, replaceIndex, usersOf } from './sessions.ts'
import { Clock, setting, signedIn } from './setting.ts'

/** An app on a store that can list its keys, and all its sessions. */
function world(options: SessionOptions = {}) {
  const clock = new Clock()
  const inner: SessionStore = newStore({ now: clock.now })
  const app = setting({ store: inner, now: clock.now, ...options })
  const all = allSessions(app.middleware)
  return { ...app, clock, inner, all }
}

type World = ReturnType<typeof world>

const handleOf = (app: World, client: Client) => app.within(client, (session) => session.handle)

async function withCart(app: World): Promise<Client> {
  const client = app.client()
  await app.within(client, (session) => session.put('cart', ['pear']))
  return client
}

describe('counting', () => {
  it('distinguishes sessions of users, sessions of visitors, and records of moved or ended sessions', async () => {
    const app = world()
    const ada = await signedIn(app.client())
    await signedIn(app.client(), 'bob')
    await withCart(app)
    const left = await signedIn(app.client(), 'cy')
    await left.post('/logout')
    await ada.post('/regenerate')

    expect(await app.all.count()).toMatchObject({
      sessions: 3,
      signedIn: 2,
      notSignedIn: 1,
      // Two are redirects from the visitors who signed in. Of the other two, one had moved before.
      moved: 5,
      unreadable: 0,
      lists: 2,
    })
  })

  it('counts nothing for visitors who only read', async () => {
    const app = world()
    for (let i = 0; i < 3; i += 1) await app.client().get('/me')
    expect(await app.all.count()).toMatchObject({ sessions: 0, moved: 0, lists: 0 })
  })

  it('does not count sessions that have expired by the timeouts of the app', async () => {
    const app = world({ idleTimeoutSeconds: 600 })
    await withCart(app)
    app.clock.pass(300)
    await withCart(app)
    app.clock.pass(400)
    expect(await app.all.count()).toMatchObject({ sessions: 1, notSignedIn: 1 })

    const strict = allSessions(
      sessionsOf(app.inner, { now: app.clock.now, idleTimeoutSeconds: 60 }),
    )
    expect(await strict.count()).toMatchObject({ sessions: 0, expired: expect.any(Number) })
  })

  it('counts records that it cannot read, and records of a newer release, and continues', async () => {
    const app = world()
    await withCart(app)
    const put = async (letter: string, payload: string) => {
      const record = { version: 'v', payload, expiresAt: app.clock.now() + 60_000 }
      await app.inner.compareAndSet(letter.repeat(43), undefined, record)
    }
    await put('A', 'garbage')
    await put('B', 's9.from the future')
    expect(await app.all.count()).toMatchObject({ sessions: 1, unreadable: 2 })
    expect((await app.all.list()).sessions).toHaveLength(1)
  })

  it('is refused for a store that cannot list its keys, and the message says what works', async () => {
    const app = setting()
    const all = allSessions(app.middleware)
    await signedIn(app.client())
    await expect(all.count()).rejects.toThrow(
      /These work on every store: list the sessions of one user/,
    )
    await expect(all.list()).rejects.toThrow('has no keys()')
    expect(await all.canWalk()).toBe(false)
    expect((await all.list({ owner: 'ada' })).sessions).toHaveLength(1)
    expect(await all.endOwner('ada')).toBe(1)
  })
})

describe('listing', () => {
  it('shows the user, the times and the device, but no id and no data', async () => {
    const app = world({ devices: true })
    const phone = app.client()
    const headers = { 'User-Agent': 'Mozilla/5.0 (Windows NT 10.0) Firefox/142.0' }
    await app.answer(phone, (s) => s.signIn('ada', { label: 'Work', method: 'passkey' }), {
      headers,
    })
    await app.within(phone, (session) => session.put('secretPlan', 'to Mars'))

    const { sessions, next } = await app.all.list()
    expect(next).toBeUndefined()
    expect(sessions).toMatchObject([
      {
        handle: await handleOf(app, phone),
        isSignedIn: true,
        owner: 'ada',
        ownerKey: 'userId',
        name: expect.any(String),
        createdAt: new Date(app.clock.now()),
        lastActiveAt: new Date(app.clock.now()),
        expiresAt: new Date(app.clock.now() + 1_800_000),
        endsAt: new Date(app.clock.now() + 7 * 86_400_000),
        device: { name: 'Firefox on Windows', userAgent: headers['User-Agent'] },
        label: 'Work',
        method: 'passkey',
        bytes: expect.any(Number),
      },
    ])
    const told = JSON.stringify(sessions)
    for (const secret of [...phone.received, phone.token, 'Mars', 'secretPlan']) {
      expect(told).not.toContain(secret)
    }
  })

  it('returns all sessions page by page, each once', async () => {
    const app = world()
    const handles: string[] = []
    for (let i = 0; i < 7; i += 1) handles.push(await handleOf(app, await withCart(app)))
    const seen: string[] = []
    let pages = 0
    for (let after: string | undefined; ; ) {
      const { sessions, next } = await app.all.list({ limit: 3, after })
      seen.push(...sessions.map(({ handle }) => handle))
      pages += 1
      if (next === undefined) break
      after = next
    }
    expect(seen).toEqual(handles.sort())
    expect(pages).toBe(3)
    const walked: string[] = []
    for await (const { handle } of app.all.walk()) walked.push(handle)
    expect(walked.sort()).toEqual(handles)
  })

  it('returns the sessions of one user: the number 1 is not the string "1"', async () => {
    const app = world()
    const one = app.client()
    await app.within(one, (session) => session.signIn(1))
    await app.within(app.client(), (session) => session.signIn('1'))
    const { sessions } = await app.all.list({ owner: 1 })
    expect(sessions).toMatchObject([{ owner: 1, handle: await handleOf(app, one) }])
    expect((await app.all.list({ owner: 1n })).sessions).toEqual([])
  })

  it('does not show the user of another app with another cookie on the same store', async () => {
    const app = world()
    await signedIn(app.client())
    const other = allSessions(
      sessionsOf(app.inner, { now: app.clock.now, cookie: { name: 'other' } }),
    )
    const { sessions } = await other.list()
    expect(sessions).toMatchObject([{ isSignedIn: true }])
    expect(sessions[0]).not.toHaveProperty('owner')
  })

  it.each([0, 1001, 1.5, Number.NaN])('refuses the limit %d', async (limit) => {
    await expect(world().all.list({ limit })).rejects.toThrow('it must be from 1 to 1000')
  })
})

describe('showing one session', () => {
  it('returns its keys and types, and the values only on request', async () => {
    const app = world()
    const ada = await signedIn(app.client())
    await app.within(ada, (session) => {
      session.put('cart', [1, 2])
      session.put('code', 'hush', { expiresInSeconds: 60 })
      session.flash('notice', 'saved')
    })
    const handle = await handleOf(app, ada)
    const shown = await app.all.show(handle)
    expect(shown?.data).toEqual([
      { key: 'userId', type: 'string' },
      { key: 'cart', type: 'array' },
      { key: 'code', type: 'string', expiresAt: new Date(app.clock.now() + 60_000) },
    ])
    expect(JSON.stringify(shown)).not.toContain('hush')
    const asked = await app.all.show(handle, { data: true })
    expect(asked?.data[1]).toEqual({ key: 'cart', type: 'array', value: [1, 2] })
    app.clock.pass(61)
    expect((await app.all.show(handle))?.data.map(({ key }) => key)).toEqual(['userId', 'cart'])
  })

  it('follows a move, and returns the old handle too', async () => {
    const app = world()
    const ada = await signedIn(app.client())
    const before = await handleOf(app, ada)
    await ada.post('/regenerate')
    const handle = await handleOf(app, ada)
    expect(await app.all.show(before)).toMatchObject({ handle, movedFrom: before, owner: 'ada' })
  })

  it.each(['', 'x'.repeat(43), 'owner-x', '../../etc/passwd'])(
    'finds nothing under "%s"',
    async (handle) => {
      const { all } = world()
      expect(await all.show(handle)).toBeUndefined()
      expect(await all.end(handle)).toBe(false)
    },
  )
})

describe('ending one session', () => {
  it('signs its browser out, removes it from the list of its user, and emits an event', async () => {
    const app = world()
    const [phone, laptop] = (await browsers(app, 2)) as [Client, Client]
    const handle = await handleOf(app, phone)
    app.happened()
    expect(await app.all.end(handle)).toBe(true)
    expect(app.events).toEqual([{ type: 'session:ended', handle, reason: 'ended' }])
    expect(await usersOf([phone, laptop])).toEqual([null, 'ada'])
    expect(await app.middleware.sessions.of('ada').list()).toHaveLength(1)
    expect(await app.all.end(handle)).toBe(false)
  })

  it('ends the session of a visitor', async () => {
    const app = world()
    const client = await withCart(app)
    expect(await app.all.end(await handleOf(app, client))).toBe(true)
    expect(await client.json('/all')).toEqual({})
    expect(await app.all.count()).toMatchObject({ sessions: 0 })
  })

  it('follows the session to its new id', async () => {
    const app = world()
    const ada = await signedIn(app.client())
    const before = await handleOf(app, ada)
    await ada.post('/regenerate')
    await ada.post('/regenerate')
    expect(await app.all.end(before)).toBe(true)
    expect(await usersOf([ada])).toEqual([null])
  })

  it('does not follow a visitor’s session to the user who signed in with it', async () => {
    const app = world()
    const client = await withCart(app)
    const visitor = await handleOf(app, client)
    await client.post('/login')
    expect(await app.all.end(visitor)).toBe(false)
    expect(await usersOf([client])).toEqual(['ada'])
  })

  it('follows a session whose handler removed the user', async () => {
    const app = world()
    const ada = await signedIn(app.client())
    const handle = await handleOf(app, ada)
    await app.within(ada, (session) => {
      session.put('cart', 1)
      session.forget('userId')
    })
    expect(await app.all.end(handle)).toBe(true)
    expect(await ada.json('/all')).toEqual({})
  })

  it('drops the changes of a request in flight', async () => {
    const app = world()
    const ada = await signedIn(app.client())
    const handle = await handleOf(app, ada)
    await app.answer(ada, async (session) => {
      session.put('late', true)
      expect(await app.all.end(handle)).toBe(true)
    })
    expect(await ada.json('/all')).toEqual({})
    expect(await app.all.count()).toMatchObject({ sessions: 0 })
  })

  it('ends a session that moves at the same moment', async () => {
    const app = world()
    const ada = await signedIn(app.client())
    const handle = await handleOf(app, ada)
    const [, isEnded] = await Promise.all([ada.post('/regenerate'), app.all.end(handle)])
    expect(isEnded).toBe(true)
    expect(await app.all.count()).toMatchObject({ sessions: 0, lists: 0 })
  })

  it('works if the list of the user is lost, or cannot be read', async () => {
    const app = setting()
    const all = allSessions(app.middleware)
    const clients = [await signedIn(app.client()), await signedIn(app.client())] as const
    const [first = '', second = ''] = [
      await app.within(clients[0], (session) => session.handle),
      await app.within(clients[1], (session) => session.handle),
    ]
    await replaceIndex(app, 'garbage')
    expect(await all.end(first)).toBe(true)
    expect(indexKeys(app)).toHaveLength(1)
    await replaceIndex(app, 'o1|[]')
    expect(await all.end(second)).toBe(true)
    expect(await usersOf(clients)).toEqual([null, null])
  })

  it('removes a record that cannot be read', async () => {
    const app = world()
    const handle = 'A'.repeat(43)
    const record = { version: 'v', payload: 'garbage', expiresAt: app.clock.now() + 60_000 }
    await app.inner.compareAndSet(handle, undefined, record)
    expect(await app.all.end(handle)).toBe(true)
    expect(await app.all.count()).toMatchObject({ unreadable: 0 })
  })

  it('ends a session that another process with longer timeouts still accepts', async () => {
    const app = world({ idleTimeoutSeconds: 7200 })
    const ada = await signedIn(app.client())
    const handle = await handleOf(app, ada)
    app.clock.pass(3600)
    const elsewhere = allSessions(sessionsOf(app.inner, { now: app.clock.now }))
    expect(await elsewhere.end(handle)).toBe(true)
    expect(await usersOf([ada])).toEqual([null])
  })
})

describe('ending all sessions of a user', () => {
  it('ends all sessions of the user and no others', async () => {
    const app = world()
    const ada = await browsers(app, 3)
    const bob = await signedIn(app.client(), 'bob')
    expect(await app.all.endOwner('ada')).toBe(3)
    expect(await usersOf([...ada, bob])).toEqual([null, null, null, 'bob'])
    expect(await app.all.endOwner('ada')).toBe(0)
  })

  it('refuses a key that is not an ownerKey', async () => {
    const app = world()
    await expect(app.all.endOwner('ada', 'cart')).rejects.toMatchObject({
      code: 'session-bad-owner',
    })
  })
})

describe('pruning', () => {
  it('removes expired records, or says that the store does so itself', async () => {
    const app = world({ idleTimeoutSeconds: 60 })
    await withCart(app)
    app.clock.pass(3600)
    const { prune }: { prune?: unknown } = Object(app.inner)
    const pruned = app.all.prune()
    if (prune === undefined) await expect(pruned).rejects.toThrow('You do not need a scheduled job')
    else expect(await pruned).toBeGreaterThan(0)
    expect(await app.all.count()).toMatchObject({ sessions: 0 })
  })
})

it.each([undefined, {}, { sessions: 1 }])(
  'allSessions(%o) throws an error that names the accepted arguments',
  (given) => {
    expect(() => allSessions(given as never)).toThrow(
      'what session() returned, a Gravito core with OrbitSession',
    )
  },
)

it('allSessions() accepts the sessions of another copy of the package', async () => {
  const app = world()
  await signedIn(app.client())
  const { engine } = app.middleware.sessions
  expect((await allSessions({ engine } as never).list()).sessions).toHaveLength(1)
})
