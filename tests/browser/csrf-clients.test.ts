import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { useAngular } from './angular.ts'
import { useApp, useElsewhere } from './app.ts'
import { useChromium } from './chromium.ts'
import { asAnotherSite } from './person.ts'
import { hold, post, receiversOf, sentBy, tokenOf } from './script-page.ts'

const chromium = useChromium()
const angular = useAngular()
const app = useApp(() => ({ scripts: { angular: angular() } }))
const elsewhere = useElsewhere()

const repeats = { status: 200, sent: 2, runs: 1 }
const givesUp = { status: 403, sent: 1, runs: 0 }

describe.each([
  ['csrfFetch', 'csrf-fetch', repeats],
  ['Axios', 'axios', givesUp],
  ["Angular's HttpClient", 'angular', givesUp],
  ['htmx, with the script of the recipe,', 'htmx', givesUp],
])('%s', (_, library, afterMismatch) => {
  const twoTabs = async () => {
    const person = await chromium.person()
    const [one, other] = [await person.newPage(), await person.newPage()]
    for (const tab of [one, other]) await tab.goto(`${app().url}/${library}`)
    return [one, other] as const
  }

  const me = (page: Page): Promise<unknown> =>
    page.evaluate(async () => (await fetch('/api/me')).json())

  it('posts as a visitor, after the sign-in, and after a sign-in in another tab', async () => {
    const [one, other] = await twoTabs()

    expect(await post(one, '/api/notes', { note: 'as a visitor' })).toBe(200)
    expect(await post(one, '/api/sign-in', { name: 'Ada' })).toBe(200)
    expect(await post(one, '/api/notes', { note: 'signed in' })).toBe(200)
    expect(await post(other, '/api/renew')).toBe(200)
    expect(await post(one, '/api/notes', { note: 'with a new id' })).toBe(200)

    const notes = ['as a visitor', 'signed in', 'with a new id']
    expect(await me(one)).toEqual({ userId: 'Ada', notes })
  })

  it(`sends a request whose token becomes outdated on the way, which is ${afterMismatch === repeats ? 'repeated' : 'refused'}`, async () => {
    chromium.expectErrors(/status of 403/, /Error Code 403/)
    const [one, other] = await twoTabs()
    await post(one, '/api/sign-in', { name: 'Ada' })
    const sent = sentBy(one)
    const before = await app().runs('/api/notes')
    const held = await hold(one, '/api/notes')

    const status = post(one, '/api/notes', { note: 'once' })
    await held.isHeld
    await post(other, '/api/renew')
    held.go()

    expect(await status).toBe(afterMismatch.status)
    expect(sent).toHaveLength(afterMismatch.sent)
    expect(await app().runs('/api/notes')).toBe(before + afterMismatch.runs)
  })

  it('sends the token to no other origin', async () => {
    chromium.expectErrors(
      /blocked by CORS policy/,
      /net::ERR_FAILED/,
      /htmx:invalidPath/,
      /^undefined/,
    )
    const [one] = await twoTabs()
    const receivers = receiversOf(one, await tokenOf(one))

    const others = [elsewhere().url, asAnotherSite(elsewhere().url)]
    for (const url of others) await post(one, `${url}/notes`).catch(() => {})
    await post(one, '/api/echo')

    const seen = await receivers()
    const asked = seen.map(({ origin }) => origin)
    const withToken = seen.filter(({ hasToken }) => hasToken).map(({ origin }) => origin)
    expect(withToken).toEqual([app().url])
    // htmx sends no request to another origin.
    expect(asked).toEqual(expect.arrayContaining(library === 'htmx' ? [] : others))
  })
})
