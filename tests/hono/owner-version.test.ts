import { describe, expect, it } from 'vitest'
import { setting, signedIn } from './setting.ts'

/** An app whose users have passwords. It counts the calls of its ownerVersion function. */
function world() {
  const passwords = new Map([
    ['ada', 'old hash'],
    ['bob', 'a hash'],
  ])
  const asked: unknown[] = []
  let failure: Error | undefined
  const all = setting({
    touchIntervalSeconds: 60,
    ownerVersion: async (owner) => {
      asked.push(owner)
      if (failure) throw failure
      return passwords.get(String(owner))
    },
  })
  return {
    ...all,
    passwords,
    asked,
    fail: (error?: Error) => {
      failure = error
    },
    async isIn(client: Awaited<ReturnType<typeof signedIn>>) {
      return (await (await client.get('/me')).json()).userId !== null
    },
  }
}

describe('ownerVersion', () => {
  it('ends the sessions of a user whose password has changed, and no others', async () => {
    const app = world()
    const [phone, laptop, bob] = [
      await signedIn(app.client()),
      await signedIn(app.client()),
      await signedIn(app.client(), 'bob'),
    ]
    app.passwords.set('ada', 'new hash')
    app.clock.pass(61)
    expect(await app.isIn(phone)).toBe(false)
    expect(await app.isIn(laptop)).toBe(false)
    expect(await app.isIn(bob)).toBe(true)
    expect(await app.middleware.sessions.of('ada').list()).toEqual([])
    const reasons = app.events.flatMap((event) =>
      event.type === 'session:ended' ? event.reason : [],
    )
    expect(reasons).toEqual(['owner-version', 'owner-version'])
  })

  it.each(['confirm', 'signIn'] as const)(
    'keeps a session that gets the new version with %s()',
    async (how) => {
      const app = world()
      const [phone, laptop] = [await signedIn(app.client()), await signedIn(app.client())]
      await app.answer(laptop, (session) => {
        app.passwords.set('ada', 'new hash')
        if (how === 'confirm') session.confirm()
        else session.signIn('ada')
      })
      app.clock.pass(61)
      expect(await app.isIn(laptop)).toBe(true)
      expect(await app.isIn(phone)).toBe(false)
    },
  )

  it('ends the sessions of a deleted user', async () => {
    const app = world()
    const ada = await signedIn(app.client())
    app.passwords.delete('ada')
    app.clock.pass(61)
    expect(await app.isIn(ada)).toBe(false)
  })

  it('is called at the sign-in, and then at most once per touch interval', async () => {
    const app = world()
    const ada = await signedIn(app.client())
    app.asked.length = 0
    for (let count = 0; count < 5; count += 1) await app.isIn(ada)
    expect(app.asked.length).toBeLessThanOrEqual(1)
    app.clock.pass(130)
    app.asked.length = 0
    for (let count = 0; count < 5; count += 1) await app.isIn(ada)
    expect(app.asked).toEqual(['ada'])
  })

  it('is added to sessions that started before the option was set', async () => {
    const app = world()
    const before = setting({ store: app.store, now: app.clock.now })
    const ada = (await signedIn(before.client())).copy(app.app)
    expect(await app.isIn(ada)).toBe(true)
    app.passwords.set('ada', 'new hash')
    app.clock.pass(130)
    expect(await app.isIn(ada)).toBe(false)
  })

  it('makes requests fail with 503 while it fails, and signs no user out', async () => {
    const app = world()
    const ada = await signedIn(app.client())
    app.clock.pass(130)
    app.fail(new Error('the database is away'))
    expect((await ada.get('/me')).status).toBe(503)
    expect((await ada.get('/free')).status).toBe(200)
    app.fail()
    expect(await app.isIn(ada)).toBe(true)
  })

  it('makes a sign-in fail if it fails', async () => {
    const app = world()
    app.fail(new Error('the database is away'))
    const client = app.client()
    await client.get('/me')
    expect((await client.post('/login')).status).toBe(503)
    expect(await app.isIn(client)).toBe(false)
  })

  it('is stored as a digest only', async () => {
    const app = world()
    await signedIn(app.client())
    const text = JSON.stringify(app.store.live())
    expect(text).toContain('ownerVersion')
    expect(text).not.toContain('old hash')
  })

  it('must return a string', async () => {
    const app = setting({ ownerVersion: (() => 5) as never })
    const client = app.client()
    await client.get('/me')
    expect((await client.post('/login')).status).toBe(500)
    expect(app.events).toContainEqual(expect.objectContaining({ code: 'session-callback-failed' }))
  })
})
