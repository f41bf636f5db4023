import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { useApp } from './app.ts'
import { useCertificate } from './certificate.ts'
import { useChromium } from './chromium.ts'
import { button, heading, nameField, signIn, signOut } from './person.ts'

const refused = /status of 403/

const chromium = useChromium()

describe('Two tabs of one browser', () => {
  const app = useApp()

  async function twoTabs(): Promise<[Page, Page]> {
    const person = await chromium.person()
    return [await person.newPage(), await person.newPage()]
  }

  it('are both signed in after a sign-in in one of them', async () => {
    const [one, other] = await twoTabs()
    await other.goto(app().url)
    await signIn(one, app().url, 'Ada')

    await other.reload()

    expect(await other.getByText('Signed in as Ada').isVisible()).toBe(true)
  })

  it('both keep what they send at the same time', async () => {
    const [one, other] = await twoTabs()
    await signIn(one, app().url, 'Ada')
    const gate = await app().closeGate('POST /notes')

    const notes = [
      [one, 'from one tab'],
      [other, 'from the other'],
    ] as const
    const sent = notes.map(async ([tab, note]) => {
      await tab.goto(`${app().url}/diary`)
      await tab.getByRole('textbox', { name: 'Note' }).fill(note)
      await button(tab, 'Keep').click()
      await tab.getByRole('listitem').getByText(note).waitFor()
    })
    await gate.reachedBy(2)
    await gate.open()
    await Promise.all(sent)

    await one.reload()
    const kept = await one.getByRole('listitem').allTextContents()
    expect(kept.sort()).toEqual(['from one tab', 'from the other'])
  })

  it('after a sign-in in one, the open form in the other is refused, and the error page shows how to continue', async () => {
    chromium.expectErrors(refused)
    const [one, other] = await twoTabs()
    await other.goto(app().url)
    await signIn(one, app().url, 'Ada')

    await nameField(other).fill('Bob')
    await button(other, 'Sign in').click()

    expect(await heading(other)).toBe('Request refused')
    expect(await other.getByText('mismatch: ').isVisible()).toBe(true)
    await other.getByRole('link', { name: 'Go to the start page' }).click()
    await other.getByText('Signed in as Ada').waitFor()
    expect(await other.getByText('Bob').count()).toBe(0)
  })

  it('after a sign-out in one, the next click in the other is signed out and shows nothing private', async () => {
    const [one, other] = await twoTabs()
    await signIn(one, app().url, 'Ada')
    await other.goto(`${app().url}/diary`)
    expect(await heading(other)).toBe('Diary of Ada')
    await signOut(one)

    await other.getByRole('link', { name: 'Home' }).click()

    await nameField(other).waitFor()
    expect(await other.content()).not.toContain('Ada')
  })

  it('after a sign-in in one, a form in the other works once it is reloaded, as the error page says', async () => {
    chromium.expectErrors(refused)
    const [one, other] = await twoTabs()
    await signIn(one, app().url, 'Ada')
    await other.goto(`${app().url}/diary`)
    await signOut(one)
    await signIn(one, app().url, 'Ada')

    await other.getByRole('textbox', { name: 'Note' }).fill('Dear diary')
    await button(other, 'Keep').click()
    await other.getByText('Go back, reload the page').waitFor()
    await other.goBack()
    await other.reload()
    await other.getByRole('textbox', { name: 'Note' }).fill('Dear diary')
    await button(other, 'Keep').click()

    await other.getByRole('listitem').getByText('Dear diary').waitFor()
  })

  it('after a sign-out in one, a form in the other is refused and not stored', async () => {
    chromium.expectErrors(refused)
    const [one, other] = await twoTabs()
    await signIn(one, app().url, 'Ada')
    await other.goto(`${app().url}/diary`)
    await signOut(one)

    await other.getByRole('textbox', { name: 'Note' }).fill('too late')
    await button(other, 'Keep').click()

    expect(await heading(other)).toBe('Request refused')
    expect(await other.content()).not.toContain('Ada')
    await signIn(one, app().url, 'Ada')
    await one.getByRole('link', { name: 'Diary' }).click()
    expect(await heading(one)).toBe('Diary of Ada')
    expect(await one.getByText('too late').count()).toBe(0)
  })
})

describe('A double click on sign-in', () => {
  const app = useApp()

  /** Its `click` does not wait for the result of the previous one, like a user's. */
  async function formOf(name: string) {
    const page = await chromium.tab()
    await page.goto(app().url)
    await nameField(page).fill(name)
    const box = await button(page, 'Sign in').boundingBox()
    if (box === null) throw new Error('the button is not visible')
    const place = [box.x + box.width / 2, box.y + box.height / 2] as const
    return { page, click: () => page.mouse.click(...place) }
  }

  async function expectOneSession(page: Page, name: string, before: number): Promise<void> {
    await page.getByText(`Signed in as ${name}`).waitFor()
    expect(await app().sessions()).toBe(before + 1)
    await page.reload()
    expect(await page.getByText(`Signed in as ${name}`).isVisible()).toBe(true)
    // The form of the new page works too: its cookie and token match.
    await signOut(page)
    expect(await app().sessions()).toBe(before)
  }

  it('signs in once if both requests are in their handlers at the same time', async () => {
    const before = await app().sessions()
    const { page, click } = await formOf('Grace')
    const gate = await app().closeGate('POST /sign-in')

    await click()
    await gate.reachedBy(1)
    await click()
    await gate.reachedBy(2)
    await gate.open()

    await expectOneSession(page, 'Grace', before)
  })

  it('signs in once if the second click cancels the first response', async () => {
    const before = await app().sessions()
    const { page, click } = await formOf('Alan')
    const gate = await app().closeGate('answer to POST /sign-in')

    await click()
    await gate.reachedBy(1)
    expect(await app().sessions()).toBe(before + 1)
    await click()
    await gate.reachedBy(2)
    await gate.open()

    await expectOneSession(page, 'Alan', before)
  })

  // The browser has the new cookies, and still shows the old page with the old token.
  it('signs in once if the second click happens between the response and the next page, and the error page shows how to continue', async () => {
    chromium.expectErrors(refused)
    const before = await app().sessions()
    const { page, click } = await formOf('Edsger')
    const gate = await app().closeGate('GET /')

    await click()
    await gate.reachedBy(1)
    await click()
    await page.getByText('mismatch: ').waitFor()
    await gate.open()

    await page.getByRole('link', { name: 'Go to the start page' }).click()
    await expectOneSession(page, 'Edsger', before)
  })
})

describe('A page that loads twenty parts while another tab signs in', () => {
  const certificate = useCertificate()
  // Over plain http a browser has at most six open requests. HTTP/2 allows all of them.
  const app = useApp(() => ({ tls: certificate() }))

  it('stays signed in, and its parts set no cookie', async () => {
    const person = await chromium.person({ ignoreHTTPSErrors: true })
    const [page, form] = [await person.newPage(), await person.newPage()]
    for (const tab of [page, form]) await tab.goto(app().url)
    const handlers = await app().closeGate('GET /api/parts')
    const answers = await app().closeGate('answer to GET /api/more-parts')

    const parts = page.evaluate(() => {
      const load = async (path: string) => (await fetch(path)).json()
      const tens = Array.from({ length: 10 }, (_, number) => number)
      return Promise.all(
        tens.flatMap((n) => [load(`/api/parts/${n}`), load(`/api/more-parts/${n}`)]),
      )
    })
    // Ten are in their handlers, and ten have been committed, when the sign-in arrives and gets
    // its response.
    await handlers.reachedBy(10)
    await answers.reachedBy(10)
    await nameField(form).fill('Ada')
    await button(form, 'Sign in').click()
    await form.getByText('Signed in as Ada').waitFor()
    const cookies = await person.cookies()
    await handlers.open()
    await answers.open()

    // They started before it, so they do not contain later data.
    expect(await parts).toEqual(Array(20).fill({ userId: null, notes: [] }))
    expect(await person.cookies()).toEqual(cookies)
    for (const tab of [page, form]) {
      await tab.reload()
      expect(await tab.getByText('Signed in as Ada').isVisible()).toBe(true)
    }
  })
})
