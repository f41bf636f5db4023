import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { useServer } from '../guide/use-server.ts'
import { useChromium } from './chromium.ts'
import { button } from './person.ts'

const appFile = fileURLToPath(new URL('./prefetch.mjs', import.meta.url))

const chromium = useChromium()

describe('A flash message', () => {
  const app = useServer(() => () => ({
    command: process.execPath,
    args: [appFile],
    cwd: dirname(appFile),
  }))

  /** Saves, which flashes the message, and opens a page that links to the next one. */
  async function saved(): Promise<Page> {
    const page = await chromium.tab()
    await page.goto(app().url)
    await button(page, 'Save').click()
    await page.getByRole('link', { name: 'Next' }).waitFor()
    return page
  }

  async function messageOnNext(page: Page): Promise<string | null> {
    await page.getByRole('link', { name: 'Next' }).click()
    return page.getByRole('status').textContent()
  }

  it.each(['a link', 'speculation rules'])(
    'is shown on the page that the user opens, even if the browser has prefetched one by %s',
    async (hint) => {
      const page = await saved()
      const answered = page
        .context()
        .waitForEvent('response', (response) => response.url().endsWith('/in-advance'))
      await page.goto(`${app().url}/list?hint=${encodeURIComponent(hint)}`)
      const inAdvance = await answered
      expect(await inAdvance.request().headerValue('sec-purpose')).toMatch(/^prefetch/)

      expect(await messageOnNext(page)).toBe('Saved.')
    },
  )

  it('is shown on the next page, even if a script has sent a HEAD request', async () => {
    const page = await saved()
    await page.evaluate(async () => (await fetch('/next', { method: 'HEAD' })).status)

    expect(await messageOnNext(page)).toBe('Saved.')
  })

  it('is gone if a script has read the next page', async () => {
    const page = await saved()
    await page.evaluate(async () => (await fetch('/next')).text())

    expect(await messageOnNext(page)).toBe('No message.')
  })
})
