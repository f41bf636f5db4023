import { describe, expect, it } from 'vitest'
import { Browser, type Change } from './browser.ts'
import { aProxy } from './proxy.ts'
import { anApp, aServer, eventually, signedIn } from './setting.ts'

/** No change needs more server commands than this. */
const most = 12

async function aWorld(driver: 'redis' | 'cache') {
  const server = await aServer()
  const proxy = await aProxy(server.port)
  const app = await anApp({ driver, at: proxy.url })

  /**
   * Sends the change, and loses the response to its n-th command. Returns all commands up to that
   * one.
   */
  async function lose(browser: Browser, change: Change, nth: number) {
    proxy.loseAnswer(nth)
    const answer = await browser.change(app.origin, change)
    const { status } = answer
    await answer.arrayBuffer()
    expect([200, 503]).toContain(status)
    if (status === 503) expect(answer.headers.getSetCookie()).toEqual([])
    const commands = proxy.commands()
    return { status, commands, isLost: commands.length === nth }
  }
  const state = (browser: Browser) => eventually(() => browser.state(app.origin))
  return { app, lose, state }
}

/** Loses the response to the first command, then to the second and so on, until there are no more commands. */
async function eachLost(check: (nth: number) => Promise<boolean>): Promise<number> {
  for (let nth = 1; nth <= most; nth += 1) {
    if (!(await check(nth))) return nth - 1
  }
  throw new Error(`The change needs more than ${most} commands.`)
}

for (const driver of ['redis', 'cache'] as const) {
  describe(`When the server's response is lost after it has executed the command: ${driver}`, () => {
    it('an increment counts once', async () => {
      const { app, lose, state } = await aWorld(driver)
      const browser = await signedIn(app)
      const lost = await eachLost(async (nth) => {
        const before = await state(browser)
        const mark = `mark-${nth}`
        const { status, commands, isLost } = await lose(browser, { kind: 'add', mark }, nth)
        const after = await state(browser)
        const isDone = after.sum === before.sum + 1
        expect(after.sum).toBe(after.added.length)
        expect(after.added).toEqual([...before.added, ...(isDone ? [mark] : [])])
        if (status === 200) expect(isDone).toBe(true)
        if (isLost && commands.at(-1) !== 'GET') expect(isDone).toBe(true)
        return isLost
      })
      expect(lost).toBeGreaterThan(1)
    })

    it('the first write of a visitor counts once', async () => {
      const { app, lose, state } = await aWorld(driver)
      await eachLost(async (nth) => {
        const browser = new Browser()
        await browser.state(app.origin)
        const { status, isLost } = await lose(browser, { kind: 'add', mark: 'one' }, nth)
        if (status === 200) expect(await state(browser)).toMatchObject({ sum: 1, added: ['one'] })
        const next = () => browser.change(app.origin, { kind: 'add', mark: 'two' })
        expect((await eventually(async () => accepted(await next()))).status).toBe(200)
        const { sum, added } = await state(browser)
        expect(sum).toBe(added.length)
        expect(added).toEqual([...new Set(added)])
        expect(added).toContain('two')
        return isLost
      })
    })

    it('a sign-in happens once or not at all, and can be repeated', async () => {
      const { app, lose, state } = await aWorld(driver)
      const lost = await eachLost(async (nth) => {
        const browser = new Browser()
        await browser.state(app.origin)
        await browser.change(app.origin, { kind: 'put', key: 'a', mark: 'kept' })
        const signIn = (mark: string) => ({ kind: 'sign-in', user: 'ada', mark }) as const
        const { status, isLost } = await lose(browser, signIn('one'), nth)
        const after = await state(browser)
        expect(after.puts).toEqual({ a: 'kept' })
        if (status === 200) expect(after).toMatchObject({ user: 'ada', log: ['one'] })
        else expect(after).toMatchObject({ user: null, log: [] })
        const again = () => browser.change(app.origin, signIn('two'))
        expect((await eventually(async () => accepted(await again()))).status).toBe(200)
        const { user, log, puts } = await state(browser)
        expect(user).toBe('ada')
        expect(log).toEqual([...new Set(log)])
        expect(log).toContain('two')
        expect(puts).toEqual({ a: 'kept' })
        return isLost
      })
      expect(lost).toBeGreaterThan(3)
    })

    it('a sign-out ends the session, or has no effect and can be repeated', async () => {
      const { app, lose, state } = await aWorld(driver)
      const lost = await eachLost(async (nth) => {
        const browser = await signedIn(app)
        const old = browser.copy()
        const { status, commands, isLost } = await lose(browser, { kind: 'sign-out' }, nth)
        const isDone = status === 200 || (isLost && commands.at(-1) !== 'GET')
        const after = await state(old.copy())
        if (isDone) expect(after).toMatchObject({ user: null, log: [], puts: {} })
        else expect(after).toMatchObject({ user: 'ada', puts: { a: 'kept' } })
        if (!isDone) {
          expect((await browser.change(app.origin, { kind: 'sign-out' })).status).toBe(200)
        }
        expect(await state(old.copy())).toMatchObject({ user: null, log: [], puts: {} })
        expect(await state(browser)).toMatchObject({ user: null, log: [], puts: {} })
        return isLost
      })
      expect(lost).toBeGreaterThan(1)
    })

    it('take() returns a value once', async () => {
      const { app, lose, state } = await aWorld(driver)
      await eachLost(async (nth) => {
        const browser = await signedIn(app)
        await browser.change(app.origin, { kind: 'code', mark: 'code' })
        const { status, commands, isLost } = await lose(browser, { kind: 'take' }, nth)
        const { code } = await state(browser)
        if (status === 200 || (isLost && commands.at(-1) !== 'GET')) expect(code).toBe(null)
        else expect(code).toBe('code')
        return isLost
      })
    })
  })
}

function accepted(answer: Response): Response {
  if (answer.status === 503) throw new Error('The server is still down.')
  return answer
}
