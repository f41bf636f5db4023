import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { Server } from '../guide/server.ts'
import { useServer } from '../guide/use-server.ts'
import { useChromium } from './chromium.ts'
import { button, heading } from './person.ts'

const appFile = fileURLToPath(new URL('./scopes.mjs', import.meta.url))

const chromium = useChromium()

const useScopes = (which: 'moved' | 'below' | 'shop' | 'apart'): (() => Server) =>
  useServer(() => () => ({
    command: process.execPath,
    args: [appFile, which],
    cwd: dirname(appFile),
  }))

async function signIn(page: Page, url: string, name: string): Promise<void> {
  await page.goto(url)
  await page.getByLabel('Your name').fill(name)
  await button(page, 'Sign in').click()
  await page.getByRole('heading', { level: 1, name }).waitFor()
}

async function signOut(page: Page): Promise<void> {
  await button(page, 'Sign out').click()
  await page.getByRole('heading', { level: 1, name: 'nobody' }).waitFor()
}

/** The number of cookies with this name that the browser sends to the address. */
async function cookiesNamed(page: Page, name: string, url: string): Promise<number> {
  return (await page.context().cookies(url)).filter((cookie) => cookie.name === name).length
}

describe.each([
  ['domain', (url: string) => url.replace('localhost', 'shop.localhost')],
  ['path', (url: string) => `${url}/shop`],
] as const)('After a change of cookie.%s and a new deployment of the app', (option, addressOf) => {
  const app = useScopes('moved')
  const address = () => addressOf(app().url)
  const deployWith = (scope: string) => fetch(`${app().url}/scope/${scope}`, { method: 'PUT' })

  it('a signed-in user stays signed in, and can sign out and in again', async () => {
    const page = await chromium.tab()
    await deployWith(option)
    await signIn(page, address(), 'Ada')

    await deployWith('default')
    await page.goto(address())
    expect(await heading(page)).toBe('Ada')

    await signOut(page)
    await signIn(page, address(), 'Bob')
    // The old cookie still exists, and has no effect.
    expect(await cookiesNamed(page, 'session', address())).toBe(2)
    await page.reload()
    expect(await heading(page)).toBe('Bob')
  })

  it('an earlier visitor can sign in', async () => {
    const page = await chromium.tab()
    await deployWith(option)
    await page.goto(address())
    await deployWith('default')

    await signIn(page, address(), 'Ada')
    await page.reload()

    expect(await heading(page)).toBe('Ada')
  })
})

describe('With cookie.path set to /admin', () => {
  const app = useScopes('below')

  it('a page outside of the path that reads the session does not affect the pages inside', async () => {
    const page = await chromium.tab()
    await signIn(page, `${app().url}/admin`, 'Ada')

    await page.goto(app().url)
    expect(await heading(page)).toBe('nobody')
    expect(await cookiesNamed(page, 'session', app().url)).toBe(0)

    await page.goto(`${app().url}/admin`)
    expect(await heading(page)).toBe('Ada')
    await signOut(page)
  })
})

describe.each([
  ['both installed for all paths', 'shop'],
  ['one before the other', 'apart'],
] as const)('A shop and its /admin with a separate session, %s,', (_, which) => {
  const app = useScopes(which)

  it('accept forms side by side, and a sign-out ends one of them', async () => {
    const person = await chromium.person()
    const shop = await person.newPage()
    const admin = await person.newPage()
    await shop.goto(app().url)
    await signIn(admin, `${app().url}/admin`, 'Root')
    await signIn(shop, app().url, 'Ada')

    await admin.reload()
    expect(await heading(admin)).toBe('Root')
    await signOut(admin)
    await shop.reload()
    expect(await heading(shop)).toBe('Ada')
    await signIn(admin, `${app().url}/admin`, 'Root')
    await signOut(shop)
    await admin.reload()
    expect(await heading(admin)).toBe('Root')
  })
})
