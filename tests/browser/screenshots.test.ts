import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { useApp } from './app.ts'
import { faultsOfAppearance } from './appearance.ts'
import { useChromium } from './chromium.ts'
import { DemoPage, useDemo } from './demo.ts'

const folder = fileURLToPath(new URL('./.screenshots', import.meta.url))

const sizes = {
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 800 },
} as const

const schemes = ['light', 'dark'] as const

const longWord = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerk'

const chromium = useChromium()

/** Each page as a user sees it, with some content. */
const scenes: Readonly<Record<string, (demo: DemoPage) => Promise<void>>> = {
  'start-of-a-visitor': (demo) => demo.open('/'),
  'start-after-an-error': async (demo) => {
    await demo.open('/profile')
    await demo.page.getByText('Sign in first.').waitFor()
  },
  start: async (demo) => {
    await demo.signIn('Ada')
    await demo.open('/')
  },
  'start-with-a-name-that-is-too-long': async (demo) => {
    await demo.open('/')
    await demo.field('Your name').evaluate((field) => field.removeAttribute('maxlength'))
    await demo.field('Your name').fill(longWord)
    await demo.press('Sign in')
    await demo.page.getByRole('alert').waitFor()
  },
  'profile-after-the-sign-in': (demo) => demo.signIn('Ada'),
  'profile-of-a-long-name': (demo) => demo.signIn(longWord.slice(0, 40)),
  devices: async (demo) => {
    const userAgent = 'Mozilla/5.0 (iPhone; CPU iPhone OS 26_0) Version/26.0 Mobile Safari/604.1'
    const extraHTTPHeaders = { 'Sec-CH-UA-Platform': '""' }
    await demo.at(await chromium.tab({ userAgent, extraHTTPHeaders })).signIn('Grace')
    await demo.signIn('Grace')
    await demo.visit('Devices')
    await demo.page.getByText('Safari on iPhone').waitFor()
  },
  messages: async (demo) => {
    await demo.signIn('Ada')
    await demo.visit('Messages')
    await demo.field('Message').fill(`Remember ${longWord}`)
    await demo.press('Flash the message')
    await demo.page.locator('.flash').waitFor()
  },
  'cart-of-a-visitor': (demo) => demo.open('/cart'),
  cart: async (demo) => {
    await demo.signIn('Ada')
    await demo.visit('Cart')
    await demo.field('Item').fill(longWord)
    await demo.press('Add with a form')
    await demo.page.getByRole('listitem').getByText(longWord).waitFor()
    await demo.field('Item for fetch').fill('Pears')
    await demo.press('Add with fetch')
    await demo.page.getByRole('listitem').getByText('Pears').waitFor()
  },
  attacks: async (demo) => {
    await demo.signIn('Ada')
    await demo.visit('Attacks')
    const copy = 'Sign out, then use the copied cookie'
    await demo.press(copy)
    await demo.answerTo(copy).getByText('{"userId":null}').waitFor()
    for (const button of ['Post without a token', "Post with a stranger's token"]) {
      await demo.press(button)
      await demo.answerTo(button).getByText('403').waitFor()
    }
    await demo.press('Click twenty times')
    await demo.answerTo('Click twenty times').getByText('20 of 20').waitFor()
  },
  'another-site': async (demo) => {
    await demo.open('/attacks')
    await demo.page.getByRole('link', { name: 'Post from another site' }).click()
    await demo.heading('Another site').waitFor()
  },
  refused: async (demo) => {
    await scenes['another-site']?.(demo)
    await demo.press('Post to the cart')
    await demo.heading('Request refused').waitFor()
  },
}

beforeAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
})

async function shoot(page: Page, name: string): Promise<void> {
  // No element may look pressed or hovered.
  await page.mouse.move(0, 0)
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}

describe("The demo's page", () => {
  const server = useDemo()

  it.each(Object.entries(scenes))(
    '"%s" is readable and usable on a phone and on a desk, light and dark',
    async (name, come) => {
      chromium.expectErrors(/status of 403/)
      const page = await chromium.tab({ reducedMotion: 'reduce' })
      await come(new DemoPage(page, server().url))

      const faults: Record<string, string[]> = {}
      for (const colorScheme of schemes) {
        await page.emulateMedia({ colorScheme })
        for (const [size, viewport] of Object.entries(sizes)) {
          await page.setViewportSize(viewport)
          await shoot(page, `${name}-${size}-${colorScheme}`)
          const isPhone = size === 'phone'
          const found = await page.evaluate(faultsOfAppearance, { isPhone })
          if (found.length > 0) faults[`${size}, ${colorScheme}`] = found
        }
      }
      await page.setViewportSize({ width: 360, height: 640 })
      const found = await page.evaluate(faultsOfAppearance, { isPhone: true })
      if (found.length > 0) faults['a small phone'] = found
      expect(faults).toEqual({})
    },
  )
})

describe('The error page of the library', () => {
  const app = useApp()

  it('is readable and usable on a phone, light and dark', async () => {
    chromium.expectErrors(/status of 403/)
    const page = await chromium.tab({ viewport: sizes.phone })
    await page.goto(app().url)
    await page.locator('input[type=hidden]').evaluate((field) => field.remove())
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Request refused' }).waitFor()

    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme })
      await shoot(page, `refusal-of-the-library-phone-${colorScheme}`)
      expect(await page.evaluate(faultsOfAppearance, { isPhone: true }), colorScheme).toEqual([])
    }
  })
})

describe('The check of the screenshots', () => {
  it.each([
    ['a page that is too wide', '<p style="width: 500px">wide</p>', /^500 px wide/],
    ['pale letters', '<p style="color: #888">pale</p>', /^contrast 3\.54/],
    [
      'pale letters on a transparent background',
      '<div style="background: #000"><p style="background: #fff8; color: #fff">pale</p></div>',
      /^contrast 3\./,
    ],
    [
      'a field with an invisible border',
      '<input style="border: 1px solid #ddd">',
      /^contrast 1\.\d+: the edge/,
    ],
    [
      'words over other words',
      '<p>below</p><p style="margin-top: -2em">above</p>',
      /^<p> "below" lies over <p> "above"/,
    ],
    [
      'a split word',
      '<button style="width: 5em; overflow-wrap: anywhere; padding: 0">unbreakable</button>',
      /^"unbreakable" is broken/,
    ],
    ['a button that is too small', '<button style="height: 30px">thin</button>', /^30\.0 px high/],
    [
      'a label of a box that is too small',
      '<label style="display: block; height: 30px">a <input type="checkbox" style="border: 1px solid"></label>',
      /^30\.0 px high/,
    ],
    [
      'a button behind another element',
      '<button>under</button><div style="position: fixed; inset: 0"></div>',
      /^cannot be reached/,
    ],
    ['letters that make a phone zoom', '<input style="font-size: 13px">', /^13 px letters/],
  ])('detects %s', async (_, body, fault) => {
    const page = await chromium.tab({ viewport: sizes.phone })
    const base = 'body { margin: 0; font-size: 16px } button, input { height: 44px; font: inherit }'
    await page.setContent(`<!doctype html><style>${base}</style>${body}`)

    const faults = await page.evaluate(faultsOfAppearance, { isPhone: true })

    expect(faults).toEqual([expect.stringMatching(fault)])
  })
})
