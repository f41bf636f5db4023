import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { useApp, useElsewhere } from './app.ts'
import { useCertificate } from './certificate.ts'
import { useChromium } from './chromium.ts'
import { asAnotherSite } from './person.ts'
import { hold, post, receiversOf, refusalsIn, sentBy, tokenOf } from './script-page.ts'

/** The status, and the body of the response. */
type Answer = { readonly status: number } & Readonly<Record<string, unknown>>

/** Calls csrfFetch on the page, and returns the response. `call` is code, such as `csrfFetch('/path')`. */
const answerTo = (page: Page, call: string): Promise<Answer> =>
  page.evaluate(`${call}.then(async (response) => ({
    status: response.status,
    ...(await response.json()),
  }))`)

const echo = `csrfFetch('/api/echo', { method: 'POST', body: 'kept' })`

const chromium = useChromium()

describe('csrfFetch', () => {
  const app = useApp()
  const elsewhere = useElsewhere()

  /** Two tabs of one browser. Its user is signed in unless no name is given. */
  async function twoTabs(name?: string): Promise<[Page, Page]> {
    chromium.expectErrors(/status of 40[39]/)
    const person = await chromium.person()
    const [one, other] = [await person.newPage(), await person.newPage()]
    for (const tab of [one, other]) await tab.goto(`${app().url}/csrf-fetch`)
    if (name) expect(await post(other, '/api/sign-in', { name })).toBe(200)
    return [one, other]
  }

  /** The response of the first tab to a request that arrives with the cookies from after `meanwhile`. */
  async function overtaken(
    [one, other]: readonly [Page, Page],
    meanwhile: (other: Page) => Promise<unknown>,
    call = echo,
  ): Promise<Answer> {
    const held = await hold(one, '/api/echo')
    const answer = answerTo(one, call)
    await held.isHeld
    await meanwhile(other)
    held.go()
    return answer
  }

  /** The same for a request that arrives with the cookies from before `meanwhile`. */
  async function outdated(
    [one, other]: readonly [Page, Page],
    meanwhile: (other: Page) => Promise<unknown>,
    call = echo,
  ): Promise<Answer> {
    const gate = await app().closeGate('arrival of POST /api/echo')
    const answer = answerTo(one, call)
    await gate.reachedBy(1)
    await meanwhile(other)
    await gate.open()
    return answer
  }

  const signIn = (tab: Page) => post(tab, '/api/sign-in', { name: 'Ada' })
  const renew = (tab: Page) => post(tab, '/api/renew')
  const signOut = (tab: Page) => post(tab, '/sign-out')

  it.each([
    ['mismatch', 'has signed in', undefined, overtaken, signIn, 'Ada'],
    ['mismatch', 'has signed out', 'Ada', overtaken, signOut, null],
    ['session-stale', 'has a new id', 'Ada', outdated, renew, 'Ada'],
    ['expired', 'has signed out', 'Ada', outdated, signOut, null],
  ] as const)(
    'repeats a request once after %s, because another tab %s, and the handler runs once, for the current user',
    async (refusal, _, name, send, meanwhile, userId) => {
      const tabs = await twoTabs(name)
      const sent = sentBy(tabs[0])
      const refusals = refusalsIn(tabs[0])
      const before = await app().runs('/api/echo')

      const answer = await send(tabs, meanwhile)

      expect(answer).toMatchObject({ status: 200, userId, text: 'kept' })
      expect(sent).toEqual(['POST /api/echo', 'POST /api/echo'])
      expect(refusals).toEqual([refusal])
      expect(await app().runs('/api/echo')).toBe(before + 1)
    },
  )

  it('does not repeat a request whose handler has run and whose commit failed with 409', async () => {
    const [one, other] = await twoTabs()
    const sent = sentBy(one)
    const before = await app().runs('/api/notes')
    const gate = await app().closeGate('POST /api/notes')

    const body = `JSON.stringify({ note: 'late' })`
    const headers = `{ 'Content-Type': 'application/json' }`
    const answer = answerTo(
      one,
      `csrfFetch('/api/notes', { method: 'POST', headers: ${headers}, body: ${body} })`,
    )
    await gate.reachedBy(1)
    await signIn(other)
    await gate.open()

    expect(await answer).toMatchObject({ status: 409, error: { code: 'session-moved' } })
    expect(sent).toEqual(['POST /api/notes'])
    expect(await app().runs('/api/notes')).toBe(before + 1)
  })

  it('does not repeat a request that the handler forwarded and another server refused', async () => {
    const tabs = await twoTabs('Ada')
    const before = await app().runs('/api/forwarded')

    const answer = await outdated(tabs, renew, `csrfFetch('/api/forwarded', { method: 'POST' })`)

    expect(answer).toMatchObject({ status: 409, error: { code: 'session-stale' } })
    expect(await app().runs('/api/forwarded')).toBe(before + 1)
  })

  it('sends a request at most twice, and then returns the refusal with a readable body', async () => {
    const [one] = await twoTabs('Ada')
    const sent = sentBy(one)
    let wrong = 0
    const setWrongToken = () => {
      wrong += 1
      return one.context().addCookies([{ name: 'XSRF-TOKEN', value: `${wrong}`, url: app().url }])
    }
    await setWrongToken()
    await one.route('**/api/echo', async (route) => {
      await setWrongToken()
      await route.continue()
    })

    const answer = await answerTo(one, echo)

    expect(answer).toMatchObject({ status: 403, error: { reason: 'mismatch' } })
    expect(sent).toEqual(['POST /api/echo', 'POST /api/echo'])
  })

  it('does not repeat a refused request if the cookie still has the same token', async () => {
    const [one] = await twoTabs('Ada')
    const sent = sentBy(one)
    await one.context().addCookies([{ name: 'XSRF-TOKEN', value: 'wrong', url: app().url }])

    const answer = await answerTo(one, echo)

    expect(answer).toMatchObject({ status: 403, error: { reason: 'mismatch' } })
    expect(sent).toEqual(['POST /api/echo'])
  })

  it.each([
    ['a string', `body: 'kept'`, 'text/plain', 'kept'],
    [
      'a form',
      `body: new URLSearchParams({ a: 'kept' })`,
      'application/x-www-form-urlencoded',
      'a=kept',
    ],
    [
      'a form with a file',
      `body: (() => {
        const form = new FormData()
        form.append('file', new File(['kept'], 'a.txt'))
        return form
      })()`,
      'multipart/form-data',
      'kept',
    ],
    ['a blob', `body: new Blob(['kept'], { type: 'text/css' })`, 'text/css', 'kept'],
    ['bytes', `body: new TextEncoder().encode('kept')`, '', 'kept'],
    ['nothing', '', '', ''],
  ])('repeats the body: %s, as an option or in a Request', async (_, body, type, text) => {
    const init = `{ method: 'POST', ${body} }`
    const tabs = await twoTabs('Ada')
    for (const args of [`'/api/echo', ${init}`, `new Request('/api/echo', ${init})`]) {
      const answer = await overtaken(tabs, renew, `csrfFetch(${args})`)

      expect(answer).toMatchObject({ status: 200, type, text: expect.stringContaining(text) })
    }
  })

  it('sends the token to no other origin, with any kind of address', async () => {
    chromium.expectErrors(/blocked by CORS policy/, /net::ERR_FAILED/)
    const [one] = await twoTabs('Ada')
    const receivers = receiversOf(one, await tokenOf(one))

    await post(one, '/api/echo')
    for (const url of [elsewhere().url, asAnotherSite(elsewhere().url), asAnotherSite(app().url)]) {
      const init = `{ method: 'POST', credentials: 'include', body: 'x' }`
      await one.evaluate(`csrfFetch('${url}', ${init}).catch(() => {})`)
      await one.evaluate(`csrfFetch(new URL('${url}'), ${init}).catch(() => {})`)
      await one.evaluate(`csrfFetch(new Request('${url}', ${init})).catch(() => {})`)
    }

    const [own, ...others] = (await receivers()).map(({ hasToken }) => hasToken)
    expect(own).toBe(true)
    expect(others).toEqual(Array(9).fill(false))
  })

  it('can be aborted while it waits, and rejects like fetch', async () => {
    const [one] = await twoTabs('Ada')
    const gate = await app().closeGate('arrival of POST /api/echo')

    const rejected = one.evaluate(`
      window.stop = new AbortController()
      csrfFetch('/api/echo', { method: 'POST', signal: stop.signal }).catch(({ name }) => name)`)
    await gate.reachedBy(1)
    await one.evaluate('stop.abort()')

    expect(await rejected).toBe('AbortError')
  })
})

describe('createCsrfFetch with a tokenUrl', () => {
  const app = useApp()
  const signIn = `('/api/sign-in', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'Ada' }),
  })`
  const withUrl = `createCsrfFetch({ tokenUrl: '/api/csrf' })`

  it.each([
    ['whose session has ended', 'expired', () => app().endSessionsOf('Ada')],
    ['without cookies', 'no-session', (page: Page) => page.context().clearCookies()],
  ])('sends the sign-in of a user %s, which csrfFetch cannot', async (_, reason, end) => {
    chromium.expectErrors(/status of 403/)
    const page = await chromium.tab()
    await page.goto(`${app().url}/csrf-fetch`)
    await post(page, '/api/sign-in', { name: 'Ada' })
    await end(page)
    const sent = sentBy(page)

    expect(await answerTo(page, `csrfFetch${signIn}`)).toMatchObject({
      status: 403,
      error: { reason },
    })
    expect(sent.splice(0)).toEqual(['POST /api/sign-in'])
    expect(await answerTo(page, withUrl + signIn)).toEqual({ status: 200, ok: true })
    expect(sent).toEqual(['POST /api/sign-in', 'HEAD /api/csrf', 'POST /api/sign-in'])
  })
})

describe('A stream as the body of csrfFetch', () => {
  const certificate = useCertificate()
  // Chromium sends streams over HTTP/2 only.
  const app = useApp(() => ({ tls: certificate() }))

  it('is sent once, because it can only be read once', async () => {
    chromium.expectErrors(/status of 409/)
    const person = await chromium.person({ ignoreHTTPSErrors: true })
    const [one, other] = [await person.newPage(), await person.newPage()]
    for (const tab of [one, other]) await tab.goto(`${app().url}/csrf-fetch`)
    await post(one, '/api/sign-in', { name: 'Ada' })
    const stream = `csrfFetch('/api/echo', {
      method: 'POST', duplex: 'half', body: new Blob(['kept']).stream()
    })`

    expect(await answerTo(one, stream)).toMatchObject({ status: 200, text: 'kept' })
    const gate = await app().closeGate('arrival of POST /api/echo')
    const sent = sentBy(one)
    const answer = answerTo(one, stream)
    await gate.reachedBy(1)
    await post(other, '/api/renew')
    await gate.open()

    expect(await answer).toMatchObject({ status: 409, error: { code: 'session-stale' } })
    expect(sent).toEqual(['POST /api/echo'])
  })
})
