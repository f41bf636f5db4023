import type { BrowserContext, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { useApp, useElsewhere } from './app.ts'
import { useChromium } from './chromium.ts'
import { asAnotherSite, signIn } from './person.ts'

const refused = /status of 403/

interface Field {
  readonly [name: string]: string
}

/** What an attacker's page does automatically: none of it needs a click. */
function postForm(page: Page, action: string, fields: Field, enctype?: string): Promise<void> {
  return page.evaluate(
    ([url, values, type]) => {
      const form = document.createElement('form')
      form.method = 'post'
      form.action = url
      if (type) form.enctype = type
      for (const [name, value] of Object.entries(values)) {
        const input = document.createElement('input')
        input.type = 'hidden'
        input.name = name
        input.value = value
        form.append(input)
      }
      document.body.append(form)
      form.submit()
    },
    [action, fields, enctype] as const,
  )
}

/** The status of the POST that `attack` makes the browser send to the app. */
async function statusOf(page: Page, attack: () => Promise<unknown>): Promise<number> {
  const answered = page.waitForResponse((response) => response.request().method() === 'POST')
  const [response] = await Promise.all([answered, attack()])
  return response.status()
}

const cookiesOf = async (person: BrowserContext): Promise<string[]> =>
  (await person.cookies()).map(({ name, value }) => `${name}=${value}`).sort()

const chromium = useChromium()

describe.each([
  ['another site', asAnotherSite],
  ['another origin of the same site', (url: string) => url],
] as const)('A page of %s', (_, addressOf) => {
  const app = useApp()
  const elsewhere = useElsewhere()
  /**
   * The browser's cookies from Ada's sign-in. No attack changes the session, so one sign-in is
   * enough.
   */
  let signedIn: Awaited<ReturnType<BrowserContext['storageState']>>

  beforeAll(async () => {
    const person = await chromium.person()
    await signIn(await person.newPage(), app().url, 'Ada')
    signedIn = await person.storageState()
  })

  /** A signed-in user who opens the attacker's page. */
  async function victim() {
    const person = await chromium.person({ storageState: signedIn })
    const cookies = await cookiesOf(person)
    expect(cookies).toHaveLength(2)
    const page = await person.newPage()
    await page.goto(addressOf(elsewhere().url))
    return { person, page, cookies }
  }

  /** The user is still signed in, with the same cookies, and without data from the attacker. */
  async function expectUnharmed({ person, cookies }: Awaited<ReturnType<typeof victim>>) {
    expect(await cookiesOf(person)).toEqual(cookies)
    const state = await (await person.request.get(`${app().url}/api/me`)).json()
    expect(state).toEqual({ userId: 'Ada', notes: [] })
  }

  it.each([
    ['of fields', undefined],
    ['with files', 'multipart/form-data'],
    ['of plain text', 'text/plain'],
  ])('posts a form %s, which is refused', async (_kind, enctype) => {
    chromium.expectErrors(refused)
    const ada = await victim()

    const attack = () => postForm(ada.page, `${app().url}/notes`, { note: 'planted' }, enctype)
    expect(await statusOf(ada.page, attack)).toBe(403)

    await ada.page.getByText('cross-site: ').waitFor()
    await expectUnharmed(ada)
  })

  it("posts a form with a token, even the user's own, which is refused", async () => {
    chromium.expectErrors(refused)
    const ada = await victim()
    const token = ada.cookies.find((cookie) => cookie.startsWith('XSRF-TOKEN=')) ?? ''
    const _token = decodeURIComponent(token.slice('XSRF-TOKEN='.length))

    const attack = () => postForm(ada.page, `${app().url}/notes`, { note: 'planted', _token })
    expect(await statusOf(ada.page, attack)).toBe(403)

    await ada.page.getByText('cross-site: ').waitFor()
    await expectUnharmed(ada)
  })

  it.each(['no-cors', 'cors'] as const)(
    'sends a fetch with credentials in mode %s, which is refused and whose response it cannot read',
    async (mode) => {
      chromium.expectErrors(refused, /blocked by CORS policy/, /net::ERR_FAILED/)
      const ada = await victim()

      const seen = await ada.page.evaluate(
        async ([url, how]) => {
          const body = new URLSearchParams({ note: 'planted' })
          try {
            const init = { method: 'POST', credentials: 'include', mode: how, body } as const
            return (await fetch(url, init)).type
          } catch (error) {
            return String(error)
          }
        },
        [`${app().url}/notes`, mode] as const,
      )

      expect(seen).toBe(mode === 'cors' ? 'TypeError: Failed to fetch' : 'opaque')
      await expectUnharmed(ada)
    },
  )

  it('cannot read who is signed in', async () => {
    chromium.expectErrors(/blocked by CORS policy/, /net::ERR_FAILED/)
    const ada = await victim()

    const seen = await ada.page.evaluate(
      (url) => fetch(url, { credentials: 'include' }).then(String, String),
      `${app().url}/api/me`,
    )

    expect(seen).toBe('TypeError: Failed to fetch')
    await expectUnharmed(ada)
  })

  it.each(['img', 'iframe'] as const)(
    'that shows the app in an <%s> changes nothing and does not sign the user out',
    async (tag) => {
      const ada = await victim()

      await ada.page.evaluate(
        ([name, url]) =>
          new Promise((resolve) => {
            const element = document.createElement(name)
            element.onload = element.onerror = resolve
            element.src = url
            document.body.append(element)
          }),
        [tag, `${app().url}/diary`] as const,
      )

      await expectUnharmed(ada)
    },
  )

  it('can link to the app, and users who follow the link stay signed in', async () => {
    const ada = await victim()

    await ada.page.evaluate((url) => {
      const link = document.createElement('a')
      link.href = url
      link.textContent = 'A nice place'
      document.body.append(link)
    }, app().url)
    await ada.page.getByRole('link').click()

    await ada.page.getByText('Signed in as Ada').waitFor()
    await expectUnharmed(ada)
  })

  it('cannot sign the user in as another user', async () => {
    chromium.expectErrors(refused)
    const ada = await victim()

    const attack = () => postForm(ada.page, `${app().url}/sign-in`, { name: 'Mallory' })
    expect(await statusOf(ada.page, attack)).toBe(403)

    await expectUnharmed(ada)
  })

  it('sets no cookie in a browser that has never opened the app', async () => {
    chromium.expectErrors(refused)
    const person = await chromium.person()
    const page = await person.newPage()
    await page.goto(addressOf(elsewhere().url))

    const attack = () => postForm(page, `${app().url}/sign-in`, { name: 'Mallory' })
    expect(await statusOf(page, attack)).toBe(403)

    expect(await person.cookies()).toEqual([])
  })
})

describe('Without the CSRF check', () => {
  const app = useApp(() => ({ options: { csrf: { enabled: false } } }))
  const elsewhere = useElsewhere()

  it('the same form signs the user in as another user, so the check is what prevents it', async () => {
    const person = await chromium.person()
    const own = await person.newPage()
    await signIn(own, app().url, 'Ada')
    const page = await person.newPage()
    await page.goto(asAnotherSite(elsewhere().url))

    await postForm(page, `${app().url}/sign-in`, { name: 'Mallory' })
    await page.waitForURL(`${app().url}/`)

    await own.goto(app().url)
    expect(await own.getByText('Signed in as Mallory').isVisible()).toBe(true)
  })
})
