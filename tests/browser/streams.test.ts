import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { useServer } from '../guide/use-server.ts'
import { useChromium } from './chromium.ts'
import { button } from './person.ts'

const appFile = fileURLToPath(new URL('./streams.mjs', import.meta.url))

const chromium = useChromium()

describe('A page with a streamed form', () => {
  const app = useServer(() => () => ({
    command: process.execPath,
    args: [appFile],
    cwd: dirname(appFile),
  }))

  /** The page without its form, which still waits. */
  async function begun(path: string): Promise<Page> {
    const page = await chromium.tab()
    await page.goto(app().url + path, { waitUntil: 'commit' })
    await page.getByText('One moment').waitFor()
    return page
  }

  /** Lets the server continue, and waits for the end of the page. */
  async function goOn(page: Page): Promise<void> {
    await fetch(`${app().url}/go`, { method: 'PUT' })
    await page.waitForLoadState('load')
  }

  it('can be submitted if its handler used the session before the response started', async () => {
    const page = await begun('/used-before')
    await goOn(page)

    await page.getByLabel('Item').fill('tea')
    await button(page, 'Order').click()

    await page.getByText('ordered tea').waitFor()
  })

  it('has no form if that is the first use of the session, and the log says why', async () => {
    const page = await begun('/first-use')
    await goOn(page)

    expect(await page.getByText('One moment').isVisible()).toBe(true)
    expect(await button(page, 'Order').count()).toBe(0)
    expect(app().output()).toContain('too late for the first use of the session')
  })
})
