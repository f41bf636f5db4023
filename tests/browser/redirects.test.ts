import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { useServer } from '../guide/use-server.ts'
import { useElsewhere } from './app.ts'
import { useChromium } from './chromium.ts'
import { asAnotherSite } from './person.ts'

const appFile = fileURLToPath(new URL('./redirects.mjs', import.meta.url))

/** What an attacker writes into a link, for the host of another site and for the app's own origin. */
const links = (evil: string, own: string): string[] => [
  `/\\${evil}`,
  `/\t/${evil}`,
  `/\n/${evil}`,
  `/\r\n/${evil}`,
  `/\t\\${evil}`,
  `/.//${evil}`,
  `/..//${evil}`,
  `/%2e%2e//${evil}`,
  `/a/..//${evil}`,
  `//${evil}`,
  `///${evil}`,
  `\\\\${evil}`,
  `\\/${evil}`,
  ` //${evil}`,
  `\t//${evil}`,
  `http://${evil}/`,
  `http:\\\\${evil}`,
  `HTTP:////${evil}`,
  `http:${evil}`,
  `${own}//${evil}`,
  `${own}@${evil}`,
  `${own}\\@${evil}`,
  `/%2f%2f${evil}`,
  `/%5c${evil}`,
  `%2f%2f${evil}`,
  `/@${evil}`,
  `/／${evil}`,
  'javascript:location="/never"',
  'java\nscript:location="/never"',
  'data:text/html,never',
]

const chromium = useChromium()
const app = useServer(() => () => ({
  command: process.execPath,
  args: [appFile],
  cwd: dirname(appFile),
}))
const elsewhere = useElsewhere()

/** A redirect that cannot be sent fails with 500, and the browser stays on the page. */
async function byRedirect(page: Page, link: string): Promise<void> {
  await page.goto(link)
}

/** The page asks the app where to go, and goes there. */
async function byScript(page: Page, link: string): Promise<void> {
  await page.goto(app().url)
  const asked = link.replace('?', '-path?')
  const to: string = await page.evaluate(async (path) => (await fetch(path)).json(), asked)
  const gone = page.waitForEvent('framenavigated')
  // Later: if it left the page now, it would cut off the response to this call.
  await page.evaluate((target) => {
    setTimeout(() => location.assign(target))
  }, to)
  await gone
}

describe.each([
  // A header cannot contain a line break, so the request fails with 500.
  ['a redirect', byRedirect, 3],
  ['a script of the page', byScript, 5],
] as const)('By %s', (_, follow, leadAway) => {
  const evil = () => new URL(asAnotherSite(elsewhere().url)).host

  /** The links that lead away from the app. */
  async function leaving(path: string): Promise<string[]> {
    const page = await chromium.tab()
    const left: string[] = []
    for (const to of links(evil(), app().url)) {
      await follow(page, `${app().url}${path}?to=${encodeURIComponent(to)}`)
      if (new URL(page.url()).origin !== app().url) left.push(to)
    }
    return left
  }

  it('every link stays on the origin with localPath', async () => {
    expect(await leaving('/checked')).toEqual([])
  })

  it('some links leave the origin if the app checks the first characters only', async () => {
    chromium.expectErrors(/status of 500/)
    const left = await leaving('/looked-at')

    expect(left).toContain(`/\\${evil()}`)
    expect(left).toContain(`/\t/${evil()}`)
    expect(left).toHaveLength(leadAway)
  })
})
