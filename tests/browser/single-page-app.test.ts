import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { useApp, useElsewhere } from './app.ts'
import { useCertificate } from './certificate.ts'
import { useChromium, withThirdPartyCookies } from './chromium.ts'
import { asAnotherSite } from './person.ts'

const chromium = useChromium()

/** What a single-page app does: it asks the server for the token, and sends it. */
function post(page: Page, server: string, path: string, body: object): Promise<unknown> {
  return page.evaluate(
    async ([url, address, content]) => {
      const asked = await fetch(`${url}/api/csrf`, { credentials: 'include' })
      const { token } = await asked.json()
      const response = await fetch(url + address, {
        method: 'POST',
        credentials: 'include',
        headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': token },
        body: JSON.stringify(content),
      })
      return response.json()
    },
    [server, path, body] as const,
  )
}

const note = { note: 'from the other origin' }
const kept = { userId: 'Ada', notes: [note.note] }

describe('A single-page app on another, trusted origin of the site', () => {
  const spa = useElsewhere()
  const app = useApp(() => ({ options: { csrf: { trustedOrigins: [spa().url] } } }))

  async function arrive(): Promise<Page> {
    const page = await chromium.tab()
    await page.goto(spa().url)
    return page
  }

  it('signs in and writes with the token that it requested', async () => {
    const page = await arrive()

    expect(await post(page, app().url, '/api/sign-in', { name: 'Ada' })).toEqual({ ok: true })
    expect(await post(page, app().url, '/api/notes', note)).toEqual(kept)
  })

  it('is refused without a token, like our own pages', async () => {
    chromium.expectErrors(/status of 403/)
    const page = await arrive()
    await post(page, app().url, '/api/sign-in', { name: 'Ada' })

    const answer = await page.evaluate(async (url) => {
      const response = await fetch(url, { method: 'POST', credentials: 'include' })
      return { status: response.status, ...(await response.json()) }
    }, `${app().url}/api/notes`)

    expect(answer).toMatchObject({ status: 403, error: { reason: 'missing' } })
  })
})

describe.each(['none', 'lax'] as const)(
  'A single-page app on another site, over https, with SameSite=%s cookies',
  (sameSite) => {
    const certificate = useCertificate()
    const spa = useElsewhere(() => ({ tls: certificate() }))
    const app = useApp(() => ({
      tls: certificate(),
      options: { cookie: { sameSite }, csrf: { trustedOrigins: [asAnotherSite(spa().url)] } },
    }))

    /** The responses to a sign-in, and to a note after it. */
    async function signInAndWrite(page: Page): Promise<[unknown, unknown]> {
      await page.goto(asAnotherSite(spa().url))
      const signedIn = await post(page, app().url, '/api/sign-in', { name: 'Ada' })
      return [signedIn, await post(page, app().url, '/api/notes', note)]
    }

    const withoutCookies = { error: { reason: 'no-session' } }

    it('has no session if the browser blocks third-party cookies', async () => {
      chromium.expectErrors(/status of 403/)
      const page = await chromium.tab({ ignoreHTTPSErrors: true })

      const answers = await signInAndWrite(page)

      expect(answers).toMatchObject([withoutCookies, withoutCookies])
      expect(await page.context().cookies()).toEqual([])
    })

    it(`has ${sameSite === 'none' ? 'its session' : 'no session'} if the user allows them`, async () => {
      await withThirdPartyCookies(async (person) => {
        const answers = await signInAndWrite(await person.newPage())

        if (sameSite === 'lax') {
          expect(answers).toMatchObject([withoutCookies, withoutCookies])
          return
        }
        expect(answers).toEqual([{ ok: true }, kept])
        const cookies = await person.cookies()
        const flags = cookies.map((cookie) => [cookie.name, cookie.sameSite, cookie.secure])
        expect(flags.sort()).toEqual([
          ['XSRF-TOKEN', 'None', true],
          ['__Host-session', 'None', true],
        ])
      })
    })
  },
)
