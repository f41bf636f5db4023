import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { folderOf, layOut } from '../docs/layout.ts'
import { fromRoot, readPages } from '../docs/pages.ts'
import { useServer } from '../guide/use-server.ts'
import { htmxFile } from './app.ts'
import { useChromium } from './chromium.ts'
import { button } from './person.ts'

const recipes = (await readPages()).filter(({ path }) => path === 'docs/recipes/htmx.md')
const [recipe] = recipes
if (!recipe) throw new Error('cannot find the recipe')
const folder = await layOut(recipes, 'htmx')
afterAll(() => rm(folder, { recursive: true, force: true }))

const chromium = useChromium()

describe.each([
  ['with htmx', true],
  ['without scripts', false],
])("The recipe's form, %s", (_, javaScriptEnabled) => {
  const server = useServer(() => () => ({
    command: fromRoot('node_modules/.bin/gravito'),
    args: ['serve', 'src/order.ts'],
    cwd: join(folder, folderOf(recipe)),
  }))

  async function openForm(): Promise<Page> {
    const page = await chromium.tab({ javaScriptEnabled })
    // The page refers to a host that tests must not call.
    await page.route('https://unpkg.com/htmx.org@2', (route) => route.fulfill({ path: htmxFile }))
    await page.route('**/favicon.ico', (route) => route.fulfill({ status: 204 }))
    await page.goto(`${server().url}/order`)
    return page
  }

  async function order(page: Page, item: string, count: string): Promise<void> {
    await page.getByLabel('Item').fill(item)
    await page.getByLabel('Count').fill(count)
    await button(page, 'Order').click()
  }

  /** When the document was loaded. */
  const loaded = (page: Page) => page.evaluate(() => performance.timeOrigin)

  it('is shown again with its errors and its input until the input is valid', async () => {
    const page = await openForm()
    const before = await loaded(page)

    await order(page, '<b>tea</b> & "milk"', 'none')
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').allTextContents()).toEqual(['Order at least one.'])
    expect(await page.getByLabel('Item').inputValue()).toBe('<b>tea</b> & "milk"')
    expect(await page.getByLabel('Count').inputValue()).toBe('none')
    expect(await page.getByRole('heading').count()).toBe(1)

    await page.getByLabel('Count').fill('2')
    await button(page, 'Order').click()
    await page.getByText('Ordered: <b>tea</b> & "milk".').waitFor()
    expect(await page.getByRole('alert').count()).toBe(0)
    expect(await page.getByLabel('Item').inputValue()).toBe('')
    expect((await loaded(page)) === before).toBe(javaScriptEnabled)
  })
})
