import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { useApp } from './app.ts'
import { useChromium } from './chromium.ts'
import { heading, nameField, signIn, signOut } from './person.ts'

describe.each([
  ['a browser that keeps pages for the back button', ['--disable-back-forward-cache'], true],
  ['a browser that keeps no pages', [], false],
] as const)('After signing out, in %s', (_, without, keepsPages) => {
  const chromium = useChromium({ ignoreDefaultArgs: [...without] })
  const app = useApp()

  /**
   * Reads the diary, signs out there, and goes back to it. If the browser has kept the page, the page
   * is marked.
   */
  async function readSignOutGoBack(path: string): Promise<Page> {
    const page = await chromium.tab()
    await signIn(page, app().url, 'Ada')
    await page.goto(app().url + path)
    expect(await heading(page)).toBe('Diary of Ada')
    await page.evaluate(() => {
      addEventListener('pageshow', ({ persisted }) => {
        document.documentElement.dataset.kept = String(persisted)
      })
    })
    await signOut(page)
    await page.goBack({ waitUntil: 'commit' })
    return page
  }

  it('the back button shows nothing private', async () => {
    const page = await readSignOutGoBack('/diary')

    await nameField(page).waitFor()
    expect(await page.content()).not.toContain('Ada')
    await page.goBack()
    expect(await page.content()).not.toContain('Ada')
  })

  // This shows what a failure of the test above would look like. In the HTTP cache, the response
  // is stored for its cookie (`Vary: Cookie`).
  it(`a page that may be cached ${keepsPages ? 'comes back' : 'does not come back either'}`, async () => {
    const page = await readSignOutGoBack('/kept-diary')

    await (keepsPages ? page.locator('html[data-kept=true]') : nameField(page)).waitFor()
    expect(await heading(page)).toBe(keepsPages ? 'Diary of Ada' : 'Home')
  })
})
