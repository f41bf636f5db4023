import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRedis } from '../servers/redis.ts'
import { type App, type AppOptions, type Driver, startApp } from './apps.ts'
import { Browser, type Change } from './browser.ts'
import { Random } from './random.ts'
import { anApp, signedIn } from './setting.ts'

const hour = 3_600_000
const absoluteTimeoutSeconds = 4 * 3600
/** So long that the clock changes of the tests end no session. */
const lasting = { idleTimeoutSeconds: 3 * 3600, absoluteTimeoutSeconds }
const push = (mark: string): Change => ({ kind: 'push', mark })

interface Place extends Pick<AppOptions, 'driver' | 'at'> {
  remove(): Promise<void>
}

async function placeOf(driver: Driver): Promise<Place> {
  if (driver === 'redis' || driver === 'cache') {
    const server = await startRedis()
    return { driver, at: server.url, remove: () => server.stop() }
  }
  const folder = await mkdtemp(join(tmpdir(), 'gravito-faults-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  return { driver, at: join(folder, 'sessions'), remove }
}

/** Checks that the change succeeded, and that its cookies last no longer than a session may. */
async function changed(browser: Browser, app: App, change: Change): Promise<void> {
  const answer = await browser.change(app.origin, change)
  const text = await answer.text()
  expect(`${answer.status} ${text}`).toMatch(/^200 /)
  for (const cookie of answer.headers.getSetCookie()) {
    const maxAge = Number(/Max-Age=(-?\d+)/.exec(cookie)?.[1])
    expect(maxAge).toBeGreaterThan(0)
    expect(maxAge).toBeLessThanOrEqual(absoluteTimeoutSeconds + (2 * hour) / 1000)
  }
}

for (const driver of ['redis', 'cache', 'file', 'sqlite'] as const) {
  describe(`When the server's clock jumps by an hour: ${driver}`, () => {
    let place: Place
    /** Each test has separate users, and sets the clock first. */
    let app: App
    beforeAll(async () => {
      place = await placeOf(driver)
      app = await startApp({ driver, at: place.at, options: lasting })
    }, 60_000)
    afterAll(async () => {
      await app?.kill()
      await place?.remove()
    })

    it('in both directions, users stay signed in and no data is lost', async () => {
      await app.machine({ ahead: 0 })
      const seed = Date.now() % 1_000_000
      console.log(`${driver}: clock, seed ${seed}`)
      const random = new Random(seed)
      const browser = await signedIn(app)
      const log = ['signed-in']
      for (let step = 0; step < 60; step += 1) {
        await app.machine({ ahead: random.one([-hour, 0, hour]) })
        const kind = random.one(['push', 'push', 'push', 'regenerate', 'sign-in'] as const)
        if (kind === 'regenerate') await changed(browser, app, { kind })
        else {
          const mark = `step-${step}`
          log.push(mark)
          await changed(browser, app, { kind, mark, user: 'ada' })
        }
        expect(await browser.state(app.origin)).toMatchObject({ user: 'ada', log })
      }
    })

    it('visitors can sign in and out at any time', async () => {
      for (const [arrival, ahead] of [
        [hour, 0],
        [0, -hour],
        [0, hour],
        [-hour, hour],
      ] as const) {
        await app.machine({ ahead: arrival })
        const browser = new Browser()
        await browser.state(app.origin)
        await app.machine({ ahead })
        await changed(browser, app, { kind: 'sign-in', user: 'ada', mark: 'in' })
        expect(await browser.state(app.origin)).toMatchObject({ user: 'ada', log: ['in'] })
        await app.machine({ ahead: arrival })
        const old = browser.copy()
        await changed(browser, app, { kind: 'sign-out' })
        expect(await old.state(app.origin)).toMatchObject({ user: null, log: [] })
        await changed(browser, app, push('after'))
        expect(await browser.state(app.origin)).toMatchObject({ user: null, log: ['after'] })
      }
    })

    it('every session ends at its absolute timeout', async () => {
      for (const begun of [hour, -hour, 0]) {
        await app.machine({ ahead: begun })
        const browser = await signedIn(app)
        for (const wrong of [-hour, hour, 0]) {
          await app.machine({ ahead: wrong })
          await changed(browser, app, push(`at-${wrong}`))
        }
        await changed(browser, app, { kind: 'regenerate' })
        for (let ahead = hour; ahead < begun + 4 * hour; ahead += hour) {
          await app.machine({ ahead })
          expect((await browser.state(app.origin)).user).toBe('ada')
        }
        await app.machine({ ahead: begun + 4 * hour + 1000 })
        expect(await browser.state(app.origin)).toMatchObject({ user: null, log: [], puts: {} })
      }
    })

    it('inactive users do not stay signed in', async () => {
      await app.machine({ ahead: hour })
      const browser = await signedIn(app)
      await app.machine({ ahead: 0 })
      await changed(browser, app, push('now'))
      await app.machine({ ahead: hour + 3 * hour + 20 * 60_000 })
      expect(await browser.state(app.origin)).toMatchObject({ user: null, log: [] })
    })

    it('backwards, an old id is not readable for longer than before', async () => {
      const options = { ...lasting, regenerateGraceSeconds: 5 }
      const app = await anApp({ driver, at: place.at, options })
      await app.machine({ ahead: hour })
      const browser = await signedIn(app)
      const old = browser.copy()
      await changed(browser, app, { kind: 'regenerate' })
      expect(await old.copy().state(app.origin)).toMatchObject({ user: 'ada' })
      // On a clock that has jumped backwards, the five seconds may already have passed.
      await app.machine({ ahead: 0 })
      const answer = await old.ask(app.origin, '/state')
      expect(await answer.text()).not.toContain('ada')
      expect(await browser.state(app.origin)).toMatchObject({ user: 'ada' })
    })

    it("backwards, a visitor's id joins only new sessions", async () => {
      await app.machine({ ahead: hour })
      const browser = new Browser()
      await browser.state(app.origin)
      const planted = browser.copy()
      await changed(browser, app, push('mine'))
      // Half an hour later, on a clock that has been corrected in the meantime.
      await app.machine({ ahead: hour / 2 })
      await changed(planted, app, push('theirs'))
      expect((await browser.state(app.origin)).log).toEqual(['mine'])
      expect((await planted.state(app.origin)).log).toEqual(['theirs'])
    })
  })
}
