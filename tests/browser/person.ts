import type { Locator, Page } from 'playwright-core'

// What a user does on the pages of `app.mjs`.

export const heading = (page: Page): Promise<string | null> =>
  page.getByRole('heading', { level: 1 }).textContent()

export const button = (page: Page, name: string): Locator =>
  page.getByRole('button', { name, exact: true })

export const nameField = (page: Page): Locator => page.getByLabel('Your name')

export async function signIn(page: Page, url: string, name: string): Promise<void> {
  await page.goto(url)
  await nameField(page).fill(name)
  await button(page, 'Sign in').click()
  await page.getByText(`Signed in as ${name}`).waitFor()
}

/** From any page with the button. */
export async function signOut(page: Page): Promise<void> {
  await button(page, 'Sign out').click()
  await nameField(page).waitFor()
}

/** For a browser, 127.0.0.1 and localhost are two sites, and two ports of one host are two origins. */
export const asAnotherSite = (url: string): string => url.replace('localhost', '127.0.0.1')
