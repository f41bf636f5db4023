import { describe, expect, it } from 'vitest'
import { deferred } from './deferred.ts'
import { setting, signedIn } from './setting.ts'

/** An app whose ownerVersion function returns when the test allows it. */
function world() {
  let answer: () => Promise<string> = async () => 'one'
  const all = setting({ ownerVersion: () => answer() })
  return {
    ...all,
    answersWith(next: typeof answer) {
      answer = next
    },
    async isIn(client: Awaited<ReturnType<typeof signedIn>>) {
      const response = await client.get('/me')
      return response.status === 200 && (await response.json()).userId === 'ada'
    },
  }
}

describe('ownerVersion and overlapping requests', () => {
  it('make all requests wait until the version is known', async () => {
    const app = world()
    const ada = await signedIn(app.client())
    app.clock.pass(100)
    const { promise, settle } = deferred<string>()
    app.answersWith(() => promise)
    const all = Promise.all([ada, ada.copy(), ada.copy()].map(app.isIn))
    settle('two')
    expect(await all).toEqual([false, false, false])
  })

  it('wait for a limited time: a request that needs the session fails with 503, and others succeed', async () => {
    const app = world()
    const ada = await signedIn(app.client())
    app.clock.pass(100)
    app.answersWith(() => new Promise(() => {}))
    const [needed, free, signIn] = await Promise.all([
      ada.get('/me'),
      ada.copy().get('/free'),
      signedIn(app.client(), 'bob').catch((error: Error) => error.message),
    ])
    expect([needed.status, free.status]).toEqual([503, 200])
    expect(signIn).toContain('session-unavailable')
  })

  it('keep a session that signs in again after another request has ended it', async () => {
    const app = world()
    const ada = await signedIn(app.client())
    app.clock.pass(100)
    const response = await app.answer(ada, async (session) => {
      app.answersWith(async () => 'two')
      app.clock.pass(100)
      expect(await app.isIn(ada.copy())).toBe(false)
      session.signIn('ada')
    })
    expect(response.status).toBe(200)
    expect(await app.isIn(ada)).toBe(true)
  })

  it.each(['signIn', 'confirm'] as const)(
    'end a session whose %s() used the old version',
    async (how) => {
      const app = world()
      const ada = how === 'confirm' ? await signedIn(app.client()) : app.client()
      await app.answer(ada, (session) => {
        // The password was checked, and changes before the session is stored.
        app.answersWith(async () => 'two')
        const checked = { ownerVersion: 'one' }
        if (how === 'confirm') session.confirm(checked)
        else session.signIn('ada', checked)
      })
      app.clock.pass(100)
      expect(await app.isIn(ada)).toBe(false)
    },
  )

  it('keep the version through clear() and a put of the same user', async () => {
    const app = world()
    const ada = await signedIn(app.client())
    await app.answer(ada, (session) => {
      session.clear()
      session.put('userId', 'ada')
    })
    app.answersWith(async () => 'two')
    app.clock.pass(100)
    expect(await app.isIn(ada)).toBe(false)
  })

  it('apply the version to an old id too', async () => {
    const app = setting({ ownerVersion: () => version, regenerateGraceSeconds: 600 })
    let version = 'one'
    const ada = await signedIn(app.client())
    const old = ada.copy()
    await ada.post('/regenerate')
    version = 'two'
    app.clock.pass(120)
    expect(await (await old.get('/me')).json()).toEqual({ userId: null })
  })

  it('store the version even in a session that has reached its maximum size', async () => {
    let version: string | undefined
    const before = setting()
    const ada = await signedIn(before.client())
    await before.answer(ada, (session) => session.put('notes', 'x'.repeat(65_400)))
    const app = setting({
      store: before.store,
      now: before.clock.now,
      ownerVersion: () => version ?? 'one',
    })
    const there = ada.copy(app.app)
    expect(await (await there.get('/me')).json()).toEqual({ userId: 'ada' })
    expect((await app.answer(there, (session) => session.put('more', 1))).status).toBe(200)
    version = 'two'
    before.clock.pass(120)
    expect(await (await there.get('/me')).json()).toEqual({ userId: null })
  })

  it("pass the type of the user's id to the function", async () => {
    const asked: unknown[] = []
    const app = setting({
      ownerKey: ['userId', 'adminId'],
      ownerVersion: (...args) => {
        asked.push(args)
        return 'one'
      },
    })
    await app.answer(app.client(), (session) => session.put('adminId', 1))
    expect(asked).toContainEqual([1, 'adminId'])
  })

  it.each([[8_675_309], [8_675_309n], [{ secret: 8_675_309 }]])(
    'do not log the version if it is %s',
    async (wrong) => {
      const lines: string[] = []
      const logger = { warn: () => {}, error: (line: string) => void lines.push(line) }
      const app = setting({ logger, ownerVersion: (() => wrong) as never })
      await app.answer(app.client(), (session) => session.signIn('ada'))
      expect(lines.join()).toContain('of type')
      expect(lines.join()).not.toContain('8675309')
    },
  )

  it('do not call the function for a request that does not use the session, unless a comparison is due', async () => {
    const app = world()
    const ada = await signedIn(app.client())
    await ada.get('/me')
    let calls = 0
    app.answersWith(async () => {
      calls += 1
      return 'one'
    })
    for (let count = 0; count < 5; count += 1) await ada.get('/free')
    expect(calls).toBe(0)
  })
})
