import { fileURLToPath } from 'node:url'
import type { Locator, Page } from 'playwright-core'
import type { Server } from '../guide/server.ts'
import { useServer } from '../guide/use-server.ts'

const gravito = fileURLToPath(new URL('../../node_modules/.bin/gravito', import.meta.url))
const folder = fileURLToPath(new URL('../../examples/session-demo', import.meta.url))

/** Every page in the navigation of the demo, with its heading. */
export const pagesOfDemo = [
  { link: 'Start', path: '/', heading: 'Orbit Session' },
  { link: 'Profile', path: '/profile', heading: 'Profile' },
  { link: 'Devices', path: '/devices', heading: 'Your devices' },
  { link: 'Messages', path: '/messages', heading: 'Messages' },
  { link: 'Cart', path: '/cart', heading: 'Cart' },
  { link: 'Attacks', path: '/attacks', heading: 'Attack this app' },
] as const

/** The demo as `npm start` serves it. */
export function useDemo(): () => Server {
  return useServer(() => () => ({
    command: gravito,
    args: ['serve', 'src/bootstrap.ts'],
    cwd: folder,
  }))
}

/** The elements of the demo's pages, by the names that a screen reader says. */
export class DemoPage {
  readonly page: Page
  readonly #url: string

  constructor(page: Page, url: string) {
    this.page = page
    this.#url = url
  }

  /** The same demo in another tab. */
  at(page: Page): DemoPage {
    return new DemoPage(page, this.#url)
  }

  async open(path: string): Promise<void> {
    await this.page.goto(this.#url + path)
  }

  /** With the navigation. */
  async visit(link: (typeof pagesOfDemo)[number]['link']): Promise<void> {
    await this.page
      .getByRole('navigation', { name: 'Pages' })
      .getByRole('link', { name: link, exact: true })
      .click()
    const { heading } = pagesOfDemo.find((page) => page.link === link) ?? pagesOfDemo[0]
    await this.heading(heading).waitFor()
  }

  heading(name: string): Locator {
    return this.page.getByRole('heading', { level: 1, name, exact: true })
  }

  field(name: string): Locator {
    return this.page.getByRole('textbox', { name, exact: true })
  }

  async press(button: string): Promise<void> {
    await this.page.getByRole('button', { name: button, exact: true }).click()
  }

  /** Signs in on the start page. */
  async signIn(name: string): Promise<void> {
    await this.open('/')
    await this.field('Your name').fill(name)
    await this.press('Sign in')
    await this.heading('Profile').waitFor()
  }

  /** The messages that the page shows above its content. */
  flashes(): Promise<string[]> {
    return this.page.locator('.flash[role=status]').allTextContents()
  }

  items(): Promise<string[]> {
    const list = this.page.getByRole('list', { name: 'Items' })
    return list.getByRole('listitem').allTextContents()
  }

  /** The result in the section of an attack. */
  answerTo(button: string): Locator {
    const names = { name: button, exact: true }
    const action = this.page.getByRole('button', names).or(this.page.getByRole('link', names))
    return this.page.locator('section').filter({ has: action }).getByRole('status')
  }
}
