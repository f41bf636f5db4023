import { describe, expect, it } from 'vitest'
import type { App } from './apps.ts'
import { Browser } from './browser.ts'
import { anApp, aServer, eventually, signedIn, timed } from './setting.ts'

/** Additional time for a machine that also runs other suites. */
const margin = 900
const unavailable = { status: 503, retryAfter: '1', cookies: [] }
const push = (mark: string) => ({ kind: 'push', mark }) as const

/** A response from a handler that needs no session. */
async function expectFree(app: App): Promise<void> {
  const free = await timed(new Browser().ask(app.origin, '/free'))
  expect(free).toMatchObject({ status: 200, cookies: [] })
  expect(free.ms).toBeLessThan(margin)
}

for (const driver of ['redis', 'cache'] as const) {
  describe(`An app whose Redis server fails: ${driver}`, () => {
    it('a server that hangs: requests fail with 503 within the time limit, then at once, and users stay signed in', async () => {
      const server = await aServer()
      const app = await anApp({ driver, at: server.url })
      const browser = await signedIn(app)
      const cookie = browser.session
      server.pause()
      const first = await timed(browser.get(app.origin, '/state'))
      expect(first).toMatchObject(unavailable)
      expect(first.ms).toBeLessThan(1000 + margin)
      for (const ask of [
        () => browser.get(app.origin, '/state'),
        () => browser.change(app.origin, push('one')),
        () => browser.change(app.origin, { kind: 'sign-out' }),
      ]) {
        const next = await timed(ask())
        expect(next).toMatchObject(unavailable)
        expect(next.ms).toBeLessThan(margin)
      }
      await expectFree(app)
      server.continue()
      const state = await eventually(() => browser.state(app.origin))
      expect(state).toMatchObject({ user: 'ada', puts: { a: 'kept' }, log: ['signed-in'] })
      expect(browser.session).toBe(cookie)
    })

    it('a server that hangs while requests wait: no request waits longer than the limit', async () => {
      const server = await aServer()
      const app = await anApp({ driver, at: server.url })
      const browser = await signedIn(app)
      server.pause()
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          timed(browser.askFor(app.origin, push(`together-${n}`))),
        ),
      )
      for (const one of all) {
        expect(one).toMatchObject(unavailable)
        expect(one.ms).toBeLessThan(1000 + margin)
      }
      server.continue()
      const state = await eventually(() => browser.state(app.origin))
      expect(state.log).toEqual([...new Set(state.log)])
    })

    it('a server that is killed: requests fail with 503 at once, and if the data is lost, users become visitors', async () => {
      const server = await aServer()
      const app = await anApp({ driver, at: server.url })
      const browser = await signedIn(app)
      const old = browser.copy()
      await server.kill()
      for (let count = 0; count < 3; count += 1) {
        const answer = await timed(browser.get(app.origin, '/state'))
        expect(answer).toMatchObject(unavailable)
        expect(answer.ms).toBeLessThan(margin)
      }
      await expectFree(app)
      await server.restart()
      const state = await eventually(() => browser.state(app.origin))
      expect(state).toMatchObject({ user: null, puts: {}, log: [] })
      const signIn = { kind: 'sign-in', user: 'ada', mark: 'again' } as const
      expect((await browser.change(app.origin, signIn)).status).toBe(200)
      expect(await browser.state(app.origin)).toMatchObject({ user: 'ada', log: ['again'] })
      expect(await old.state(app.origin)).toMatchObject({ user: null, log: [] })
    })

    it('a server that was killed and lost its data: a second process uses the same secret as the first', async () => {
      const server = await aServer()
      const one = await anApp({ driver, at: server.url })
      const other = await anApp({ driver, at: server.url })
      await signedIn(one)
      await server.kill()
      await other.kill()
      await server.restart()
      await other.start()
      await eventually(() => new Browser().state(other.origin))
      // The first process looks for the secret of the second at most once a second.
      await eventually(async () => {
        const browser = await signedIn(one)
        expect(await browser.state(other.origin)).toMatchObject({ user: 'ada' })
      })
      const another = await signedIn(other, 'bob')
      expect(await another.state(one.origin)).toMatchObject({ user: 'bob' })
    })

    it('a server that is out of memory: requests that write fail with 503, requests that read succeed', async () => {
      const server = await aServer('--maxmemory-policy', 'noeviction')
      const app = await anApp({ driver, at: server.url })
      const browser = await signedIn(app)
      const looker = await server.look()
      await looker.configSet('maxmemory', '1')
      expect(await timed(browser.change(app.origin, push('one')))).toMatchObject(unavailable)
      expect(await browser.state(app.origin)).toMatchObject({ user: 'ada', log: ['signed-in'] })
      expect(app.log).toContain('OOM')
      await looker.configSet('maxmemory', '0')
      expect((await browser.change(app.origin, push('two'))).status).toBe(200)
      expect((await browser.state(app.origin)).log).toEqual(['signed-in', 'two'])
    })

    it('a server that refuses the password: the log says so without showing it, and the app recovers without a restart', async () => {
      const [right, wrong] = ['the/right password', 'a:wrong/pass%word?']
      const server = await aServer('--requirepass', right)
      const password = encodeURIComponent(wrong)
      const at = `redis://:${password}@127.0.0.1:${server.port}`
      const app = await anApp({ driver, at })
      const browser = new Browser()
      const answer = await browser.get(app.origin, '/state')
      // A visitor's request reads no session, but loads the secret.
      expect(answer.status).toBe(503)
      expect(await answer.text()).not.toContain('pass')
      await expectFree(app)
      await expect.poll(() => app.log).toMatch(/WRONGPASS/)
      for (const text of [right, wrong, password]) expect(app.log).not.toContain(text)
      const looker = await server.look({ password: right })
      await looker.configSet('requirepass', wrong)
      await eventually(() => signedIn(app))
    })

    it('a server that became a read-only replica: reads succeed, and the error of a write says why', async () => {
      const [master, replica] = [await aServer(), await aServer()]
      const app = await anApp({ driver, at: master.url })
      const browser = await signedIn(app)
      const looker = await replica.look()
      await looker.replicaOf('127.0.0.1', master.port)
      const readsOnly = await anApp({ driver, at: replica.url })
      await expect
        .poll(async () => (await looker.info('replication')).includes('master_link_status:up'), {
          timeout: 15_000,
        })
        .toBe(true)
      const state = await eventually(() => browser.state(readsOnly.origin))
      expect(state).toMatchObject({ user: 'ada', log: ['signed-in'] })
      const write = () => timed(browser.change(readsOnly.origin, push('one')))
      expect(await write()).toMatchObject(unavailable)
      expect(readsOnly.log).toContain('READONLY')
      await looker.sendCommand(['REPLICAOF', 'NO', 'ONE'])
      expect(await write()).toMatchObject({ status: 200 })
      expect((await browser.state(readsOnly.origin)).log).toEqual(['signed-in', 'one'])
    })

    it('a server that forgot its scripts: requests succeed', async () => {
      const server = await aServer()
      const app = await anApp({ driver, at: server.url })
      const browser = await signedIn(app)
      const looker = await server.look()
      for (const mark of ['one', 'two']) {
        await looker.scriptFlush()
        expect((await browser.change(app.origin, push(mark))).status).toBe(200)
      }
      await looker.scriptFlush()
      const signIn = { kind: 'sign-in', user: 'bob', mark: 'other' } as const
      expect((await browser.change(app.origin, signIn)).status).toBe(200)
      await looker.scriptFlush()
      expect((await browser.change(app.origin, { kind: 'sign-out' })).status).toBe(200)
      expect(await browser.state(app.origin)).toMatchObject({ user: null, log: [] })
      expect(app.log).toBe('')
    })
  })
}
