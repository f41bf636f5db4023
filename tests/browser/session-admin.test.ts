import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { session } from '@gravito/orbit'
import { Hono } from 'hono'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sessionAdmin } from '../../packages/orbit/src/admin/app.ts'
import { type RunningServer, serve } from '../hono/server.ts'
import { faultsOfAppearance } from './appearance.ts'
import { useChromium } from './chromium.ts'

const folder = fileURLToPath(new URL('./.screenshots', import.meta.url))
const chromium = useChromium()

const sizes = {
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 800 },
} as const

const longName = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerk@example.com'
const path = '/admin/sessions'

let server: RunningServer

beforeAll(async () => {
  const app = new Hono()
  app.use(session({ devices: true }))
  app.get('/', (c) => {
    const form = `<form method="post" action="/login">${c.get('csrf').field()}
      <label>Name <input name="as"></label><button>Sign in</button></form>`
    return c.html(`<!doctype html><title>Home</title><link rel="icon" href="data:,">
      <h1>${c.get('session').userId === undefined ? 'Nobody' : 'Somebody'}</h1>${form}`)
  })
  app.post('/login', async (c) => {
    const { as } = await c.req.parseBody()
    c.get('session').signIn(String(as), { label: 'Work laptop', method: 'passkey' })
    c.get('session').put('cart', ['pears', { kilos: 2 }])
    return c.redirect('/', 303)
  })
  const allow = () => true
  app.route(path, sessionAdmin({ allow, showData: true }))
  server = await serve(app)
  await mkdir(folder, { recursive: true })
})

afterAll(() => server?.close())

async function signIn(page: Page, name: string): Promise<void> {
  await page.goto(server.origin)
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Somebody' }).waitFor()
}

/** Looks at the page on a phone and a desk, light and dark. */
async function look(page: Page, name: string): Promise<void> {
  const faults: Record<string, string[]> = {}
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport)
      await page.mouse.move(0, 0)
      const file = join(folder, `admin-${name}-${size}-${colorScheme}.png`)
      await page.screenshot({ path: file, fullPage: true })
      const found = await page.evaluate(faultsOfAppearance, { isPhone: size === 'phone' })
      if (found.length > 0) faults[`${size}, ${colorScheme}`] = found
    }
  }
  await page.setViewportSize({ width: 360, height: 640 })
  const found = await page.evaluate(faultsOfAppearance, { isPhone: true })
  if (found.length > 0) faults['a small phone'] = found
  expect(faults, name).toEqual({})
}

describe('the page for operators', () => {
  it('is readable on a phone and on a desk, and ends sessions by the keyboard alone', async () => {
    const page = await chromium.tab({ reducedMotion: 'reduce' })
    await signIn(page, 'root')
    const ada = await chromium.tab()
    await signIn(ada, 'ada')
    const other = await chromium.tab()
    await signIn(other, 'ada')
    await signIn(await chromium.tab(), longName)

    await page.goto(server.origin + path)
    await page.getByText('This one').waitFor()
    await look(page, 'list')

    await page.getByRole('link', { name: 'Count' }).press('Enter')
    await page.getByRole('heading', { name: 'Records in the store' }).waitFor()
    await look(page, 'count')

    await page.getByRole('textbox', { name: 'User id or handle' }).fill('ada')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'End all sessions of ada' }).waitFor()
    await look(page, 'user')

    await page.getByRole('link', { name: 'ada', exact: true }).first().press('Enter')
    await page.getByText('Work laptop').waitFor()
    await look(page, 'details')

    await page.getByRole('link', { name: 'All sessions of this user' }).press('Enter')
    await page.getByRole('link', { name: 'End all sessions of ada' }).press('Enter')
    await page.getByRole('heading', { name: 'End 2 sessions?' }).waitFor()
    await look(page, 'question')
    await page.getByRole('button', { name: 'End 2 sessions' }).press('Enter')
    await page.getByRole('status').getByText('2 sessions were ended.').waitFor()
    await look(page, 'ended')
    for (const tab of [ada, other]) {
      await tab.reload()
      await tab.getByRole('heading', { name: 'Nobody' }).waitFor()
    }

    const own = page.getByRole('listitem').filter({ hasText: 'This one' })
    await own.getByRole('link', { name: 'End' }).press('Enter')
    await page.getByText('You will be signed out.').waitFor()
    await page.getByRole('link', { name: 'Cancel' }).press('Enter')
    await page.getByText('This one').waitFor()
  })
})
