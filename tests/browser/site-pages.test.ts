import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { serveSite, sitePaths, siteUrl, useSite } from '../docs/site.ts'
import { faultsOfAppearance } from './appearance.ts'
import { useChromium } from './chromium.ts'

const folder = fileURLToPath(new URL('./.screenshots/site', import.meta.url))

const sizes = {
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 800 },
} as const

/** What concerns our text and colours. The layout of menus and buttons is VitePress's. */
const isOurs = (fault: string) => /^(?:contrast|\d+ px wide)/.test(fault)

/** Runs in the page. Returns the tables that are wider than the text around them. */
function wideTables(): string[] {
  return [...document.querySelectorAll('.vp-doc table')].flatMap((table) => {
    const excess = table.getBoundingClientRect().width - (table.parentElement?.clientWidth ?? 0)
    return excess > 1 ? [`${excess} px too wide: ${table.textContent?.slice(0, 60)}`] : []
  })
}

async function inEachForm(
  page: Page,
  look: (form: string, isPhone: boolean) => Promise<unknown>,
): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport)
      await look(`${size}-${colorScheme}`, size === 'phone')
    }
  }
}

describe('The site of the docs', () => {
  useSite()
  const chromium = useChromium()

  beforeAll(async () => {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
  })

  it('is readable on a phone and on a desk, light and dark, on every page', async () => {
    const context = await chromium.person({ reducedMotion: 'reduce' })
    await serveSite(context)
    const page = await context.newPage()
    const paths = sitePaths()
    expect(paths.length).toBeGreaterThan(30)

    const faults: Record<string, string[]> = {}
    for (const path of paths) {
      await page.goto(`${siteUrl}${path}`)
      const name = path.slice(1).replaceAll('/', '-') || 'home'
      // Before the check of the appearance, which scrolls to every link.
      await inEachForm(page, (form) =>
        page.screenshot({ path: join(folder, `${name}-${form}.png`), fullPage: true }),
      )
      await inEachForm(page, async (form, isPhone) => {
        const found = [
          ...(await page.evaluate(faultsOfAppearance, { isPhone })).filter(isOurs),
          ...(await page.evaluate(wideTables)),
        ]
        if (found.length > 0) faults[`${name}-${form}`] = found
      })
    }
    expect(faults).toEqual({})
  }, 600_000)
})
