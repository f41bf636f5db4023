import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { useChromium } from './chromium.ts'
import { DemoPage, pagesOfDemo, useDemo } from './demo.ts'

/** The elements that Tab focuses. */
const stops = 'a[href], button:enabled, input:not([type=hidden]):enabled'

/** More than any page has. */
const MANY_STOPS = 40

/** The focused element, as a screen reader says it: `button "Sign in"`. */
async function focused(page: Page): Promise<string> {
  const said = await page.locator(':focus').ariaSnapshot()
  return said
    .split('\n', 1)
    .join('')
    .replace(/^- |:$|: .*$/g, '')
}

async function tabTo(page: Page, name: string): Promise<void> {
  const seen: string[] = []
  for (let stop = 0; stop < MANY_STOPS; stop += 1) {
    await page.keyboard.press('Tab')
    const here = await focused(page)
    if (here.startsWith(name)) return
    seen.push(here)
  }
  throw new Error(`Tab never reached ${name}, only ${seen.join(', ')}`)
}

const chromium = useChromium()

describe('With the keyboard only', () => {
  const server = useDemo()

  it('a user can sign in, read the profile, flash a message, fill the cart and sign out', async () => {
    const page = await chromium.tab()
    const demo = new DemoPage(page, server().url)
    await demo.open('/')

    await tabTo(page, 'textbox "Your name"')
    await page.keyboard.type('Ada')
    await page.keyboard.press('Enter')
    await demo.heading('Profile').waitFor()

    await tabTo(page, 'link "Messages"')
    await page.keyboard.press('Enter')
    await demo.heading('Messages').waitFor()
    await tabTo(page, 'textbox "Message"')
    await page.keyboard.type('Hello')
    await tabTo(page, 'button "Flash the message"')
    await page.keyboard.press('Space')
    await page.locator('.flash').waitFor()
    expect(await demo.flashes()).toEqual(['Hello'])

    await tabTo(page, 'link "Cart"')
    await page.keyboard.press('Enter')
    await demo.heading('Cart').waitFor()
    await tabTo(page, 'textbox "Item for fetch"')
    await page.keyboard.type('Apples')
    await page.keyboard.press('Enter')
    await page.getByRole('listitem').getByText('Apples').waitFor()
    // The script has kept the focus.
    expect(await focused(page)).toContain('Item for fetch')

    await demo.open('/attacks')
    await tabTo(page, 'button "Click twenty times"')
    await page.keyboard.press('Enter')
    await demo.answerTo('Click twenty times').getByText('20 of 20').waitFor()

    await demo.open('/')
    await tabTo(page, 'button "Sign out"')
    await page.keyboard.press('Enter')
    await page.getByText('Signed out.').waitFor()
  })

  it('the first stop of every page is a link to skip the navigation, which becomes visible', async () => {
    const page = await chromium.tab()
    const demo = new DemoPage(page, server().url)
    await demo.signIn('Ada')

    for (const { path } of pagesOfDemo) {
      await demo.open(path)
      await page.keyboard.press('Tab')
      expect(await focused(page)).toMatch(/^link "Skip/)
      const box = await page.locator(':focus').boundingBox()
      expect(box?.x, path).toBeGreaterThanOrEqual(0)
      expect(box?.y, path).toBeGreaterThanOrEqual(0)
      expect(box?.height, path).toBeGreaterThan(20)
      await page.keyboard.press('Enter')
      await page.keyboard.press('Tab')
      const isInContent = await page.evaluate(
        () => document.activeElement?.closest('header') === null,
      )
      expect(isInContent, path).toBe(true)
    }
  })

  it.each(['light', 'dark'] as const)(
    'every stop of every page shows its focus, in the %s scheme',
    async (colorScheme) => {
      const page = await chromium.tab({ colorScheme })
      const demo = new DemoPage(page, server().url)
      await demo.signIn('Ada')

      for (const { path } of pagesOfDemo) {
        await demo.open(path)
        const wanted = await page.locator(stops).count()
        const reached = new Set<string>()
        for (let stop = 0; stop < wanted; stop += 1) {
          await page.keyboard.press('Tab')
          const seen = await page.evaluate((all) => {
            const element = document.activeElement ?? document.body
            const { outlineStyle, outlineWidth } = getComputedStyle(element)
            return {
              // Two stops may have the same name.
              html: `${[...document.querySelectorAll(all)].indexOf(element)} ${element.outerHTML}`,
              outlineStyle,
              width: Number.parseFloat(outlineWidth),
            }
          }, stops)
          expect(seen.outlineStyle, seen.html).not.toBe('none')
          expect(seen.width, seen.html).toBeGreaterThanOrEqual(2)
          reached.add(seen.html)
        }
        expect(reached.size, [...reached].join('\n')).toBe(wanted)
      }
    },
  )
})
