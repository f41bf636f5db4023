import { describe, expect, it } from 'vitest'
import { useChromium } from './chromium.ts'
import { DemoPage, pagesOfDemo, useDemo } from './demo.ts'

const refused = /status of 403/

const chromium = useChromium()
const server = useDemo()

describe.each([
  ['with JavaScript', true],
  ['without JavaScript', false],
] as const)('A tour of the demo, %s', (_, javaScriptEnabled) => {
  async function arrive(): Promise<DemoPage> {
    const demo = new DemoPage(await chromium.tab({ javaScriptEnabled }), server().url)
    await demo.open('/')
    return demo
  }

  it('every page links to all others, and has one heading', async () => {
    const demo = await arrive()
    await demo.signIn('Ada')

    for (const { link } of pagesOfDemo) {
      await demo.visit(link)
      expect(await demo.page.getByRole('main').getByRole('heading', { level: 1 }).count()).toBe(1)
      const names = await demo.page
        .getByRole('navigation', { name: 'Pages' })
        .getByRole('link')
        .allTextContents()
      expect(names).toEqual(pagesOfDemo.map((page) => page.link))
    }
  })

  it('the profile sends a visitor back, and says why', async () => {
    const demo = await arrive()

    await demo.page.getByRole('link', { name: 'Profile', exact: true }).click()

    await demo.heading('Orbit Session').waitFor()
    expect(await demo.flashes()).toEqual(['Sign in first.'])
  })

  it('the sign-in form requires a name', async () => {
    const demo = await arrive()

    await demo.press('Sign in')

    await demo.page.getByText('Enter your name.').waitFor()
    expect(await demo.page.getByText('Signed in as').count()).toBe(0)
  })

  it('the sign-in shows its welcome message once', async () => {
    const demo = await arrive()

    await demo.signIn('Ada')

    expect(await demo.flashes()).toEqual(['Welcome, Ada.'])
    await demo.page.getByText('Signed in as Ada').waitFor()
    await demo.page.reload()
    expect(await demo.flashes()).toEqual([])
    await demo.page.getByText('Signed in as Ada').waitFor()
  })

  it('a name is shown as it was typed, even if it is HTML', async () => {
    const demo = await arrive()

    await demo.signIn('<b>Eve</b>')

    expect(await demo.flashes()).toEqual(['Welcome, <b>Eve</b>.'])
    expect(await demo.page.getByText('Signed in as <b>Eve</b>').count()).toBe(1)
    expect(await demo.page.locator('b').count()).toBe(0)
  })

  it('the profile shows the user and the end of the session', async () => {
    const demo = await arrive()
    await demo.signIn('Ada')

    const profile = demo.page.getByRole('main')
    const handle = await profile.getByRole('code').first().textContent()
    expect(handle).toMatch(/^[\w-]{43}$/)
    const ends = Date.parse((await profile.locator('time').getAttribute('datetime')) ?? '')
    const minutes = (ends - Date.now()) / 60_000
    expect(minutes).toBeGreaterThan(28)
    expect(minutes).toBeLessThanOrEqual(30)
    expect(await profile.getByText('Ada', { exact: true }).count()).toBe(1)
    const cookies = await demo.page.context().cookies()
    const id = cookies.find(({ name }) => name === 'gravito_session')?.value ?? ''
    expect(id).not.toBe('')
    expect(await demo.page.content()).not.toContain(id)
  })

  it('a message is shown on the next page, and never again', async () => {
    const demo = await arrive()
    await demo.visit('Messages')

    await demo.field('Message').fill('Remember the milk')
    await demo.press('Flash the message')

    await demo.page.locator('.flash').waitFor()
    expect(await demo.flashes()).toEqual(['Remember the milk'])
    await demo.page.reload()
    expect(await demo.flashes()).toEqual([])
  })

  it("a visitor's cart is kept through the sign-in, until it is emptied", async () => {
    const demo = await arrive()
    await demo.visit('Cart')
    for (const item of ['Apples', 'Pears']) {
      await demo.field('Item').fill(item)
      await demo.press('Add with a form')
      await demo.page.getByRole('listitem').getByText(item, { exact: true }).waitFor()
    }

    await demo.signIn('Ada')

    await demo.visit('Cart')
    expect(await demo.items()).toEqual(['Apples', 'Pears'])
    await demo.press('Empty the cart')
    await demo.page.locator('.flash').waitFor()
    expect(await demo.items()).toEqual([])
  })

  it('a post from another site is refused, with an error page', async () => {
    chromium.expectErrors(refused)
    const demo = await arrive()
    await demo.signIn('Ada')
    await demo.visit('Attacks')

    await demo.page.getByRole('link', { name: 'Post from another site' }).click()
    await demo.heading('Another site').waitFor()
    expect(new URL(demo.page.url()).hostname).toBe('127.0.0.1')
    await demo.press('Post to the cart')

    await demo.heading('Request refused').waitFor()
    expect(await demo.page.getByRole('status').textContent()).toContain('403 cross-site')
    await demo.page.getByRole('link', { name: 'Open the cart' }).click()
    await demo.heading('Cart').waitFor()
    expect(await demo.items()).toEqual([])
    await demo.page.getByText('Signed in as Ada').waitFor()
  })

  it('a copy of the cookie no longer works after the sign-out', async () => {
    const demo = await arrive()
    await demo.signIn('Ada')
    await demo.visit('Attacks')

    await demo.press('Sign out, then use the copied cookie')

    const answer = demo.answerTo('Sign out, then use the copied cookie')
    await answer.getByText('{"userId":null}').waitFor()
    expect(await answer.textContent()).toContain('{"userId":"Ada"}')
    expect(await demo.page.getByText('Signed in as').count()).toBe(0)
  })

  it('the sign-out shows its message once, and the back button shows nothing private', async () => {
    const demo = await arrive()
    await demo.signIn('Ada')

    await demo.press('Sign out')

    await demo.heading('Orbit Session').waitFor()
    expect(await demo.flashes()).toEqual(['Signed out.'])
    await demo.page.reload()
    expect(await demo.flashes()).toEqual([])
    await demo.page.goBack()
    expect(await demo.page.content()).not.toContain('Ada')
  })

  it('a sign-in form that is sent twice leads to the profile, without an error', async () => {
    chromium.expectErrors(refused)
    const demo = await arrive()
    // Like after a double click: the browser has the new cookies, and the old form.
    const stale = new DemoPage(await demo.page.context().newPage(), server().url)
    await stale.open('/')
    await demo.signIn('Ada')

    await stale.field('Your name').fill('Ada')
    await stale.press('Sign in')

    await stale.heading('Profile').waitFor()
    await stale.page.getByText('Signed in as Ada').waitFor()
  })
})

describe("The demo's script", () => {
  async function arrive(link: 'Cart' | 'Attacks'): Promise<DemoPage> {
    const demo = new DemoPage(await chromium.tab(), server().url)
    await demo.open('/')
    await demo.visit(link)
    return demo
  }

  it.each([
    ['Post without a token', '403 missing'],
    ["Post with a stranger's token", '403 mismatch'],
  ])('says next to "%s" that the request was refused', async (button, answer) => {
    chromium.expectErrors(refused)
    const demo = await arrive('Attacks')

    await demo.press(button)

    await demo.answerTo(button).getByText(answer).waitFor()
    await demo.visit('Cart')
    expect(await demo.items()).toEqual([])
  })

  it.each(['Post without a token', 'Click twenty times'])(
    'says next to "%s" that the server does not respond',
    async (button) => {
      chromium.expectErrors(/ERR_INTERNET_DISCONNECTED/)
      const demo = await arrive('Attacks')
      // Its scripts have been loaded and run.
      await demo.page.waitForLoadState('load')
      await demo.page.context().setOffline(true)

      await demo.press(button)

      await demo.answerTo(button).getByText('The server did not respond.').waitFor()
    },
  )

  it('counts each of twenty clicks at once', async () => {
    const demo = await arrive('Attacks')

    for (const total of [20, 40]) {
      await demo.press('Click twenty times')
      const answer = demo.answerTo('Click twenty times')
      await answer.getByText(`to ${total} clicks`).waitFor()
      expect(await answer.textContent()).toContain('20 of 20 counted')
    }
  })

  it('adds to the cart without a reload, and the item is still there after one', async () => {
    const demo = await arrive('Cart')
    await demo.page.evaluate(() => document.body.classList.add('not-reloaded'))

    for (const item of ['Apples', '<i>Pears</i>']) {
      await demo.field('Item for fetch').fill(item)
      await demo.press('Add with fetch')
      await demo.page.getByRole('listitem').getByText(item, { exact: true }).waitFor()
    }

    expect(await demo.page.locator('body.not-reloaded').count()).toBe(1)
    await demo.page.reload()
    expect(await demo.items()).toEqual(['Apples', '<i>Pears</i>'])
  })

  it('uses the new token after a sign-in in another tab', async () => {
    const demo = await arrive('Cart')
    const other = new DemoPage(await demo.page.context().newPage(), server().url)
    await other.signIn('Ada')

    await demo.field('Item for fetch').fill('Apples')
    await demo.press('Add with fetch')

    await demo.page.getByRole('listitem').getByText('Apples').waitFor()
    await other.visit('Cart')
    expect(await other.items()).toEqual(['Apples'])
  })
})

describe('The demo without JavaScript', () => {
  it.each([
    ['Post without a token', '403 missing'],
    ["Post with a stranger's token", '403 mismatch'],
  ])('shows a page for "%s" that says that the request was refused', async (button, answer) => {
    chromium.expectErrors(refused)
    const demo = new DemoPage(await chromium.tab({ javaScriptEnabled: false }), server().url)
    await demo.open('/attacks')

    await demo.press(button)

    await demo.heading('Request refused').waitFor()
    expect(await demo.page.getByRole('status').textContent()).toContain(answer)
    await demo.page.getByRole('link', { name: 'Back to the attacks' }).click()
    await demo.heading('Attack this app').waitFor()
  })

  it('disables the buttons that need JavaScript, and says so', async () => {
    const demo = new DemoPage(await chromium.tab({ javaScriptEnabled: false }), server().url)

    for (const [path, button] of [
      ['/attacks', 'Click twenty times'],
      ['/cart', 'Add with fetch'],
    ] as const) {
      await demo.open(path)
      expect(await demo.page.getByRole('button', { name: button }).isDisabled()).toBe(true)
      const hint = demo.page.locator('main noscript p')
      expect(await hint.textContent()).toContain('needs JavaScript')
      expect(await hint.isVisible()).toBe(true)
    }
  })
})
