import type { BrowserContextOptions } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { useChromium } from './chromium.ts'
import { DemoPage, useDemo } from './demo.ts'

const chromium = useChromium()
const server = useDemo()

const userAgent = 'Mozilla/5.0 (iPhone; CPU iPhone OS 26_0) Version/26.0 Mobile Safari/604.1'
const notHints = { 'Sec-CH-UA-Platform': '""', 'Sec-CH-UA': '""' }

describe.each([
  ['with JavaScript', true],
  ['without JavaScript', false],
])("The demo's list of devices, %s", (_, javaScriptEnabled) => {
  async function signedIn(name: string, options: BrowserContextOptions = {}): Promise<DemoPage> {
    const demo = new DemoPage(await chromium.tab({ javaScriptEnabled, ...options }), server().url)
    await demo.signIn(name)
    return demo
  }

  const phone = { userAgent, extraHTTPHeaders: notHints }

  it('can end the session of another browser, which is signed out at its next click', async () => {
    const user = `Ada ${javaScriptEnabled}`
    const [here, there] = [await signedIn(user), await signedIn(user, phone)]
    await here.visit('Devices')
    const lines = here.page.getByRole('list', { name: 'Devices' }).getByRole('listitem')
    expect(await lines.getByText('This device').count()).toBe(1)

    const other = lines.filter({ hasText: 'Safari on iPhone' })
    expect(await other.textContent()).toMatch(/Network: this computer ·\s+active just now/)
    await other.getByRole('button', { name: 'Sign out there' }).click()

    await here.page.getByText('That device is signed out.').waitFor()
    expect(await lines.count()).toBe(1)
    await there.page.getByRole('link', { name: 'Profile', exact: true }).click()
    await there.heading('Orbit Session').waitFor()
    expect(await there.flashes()).toEqual(['This device has been signed out.'])
    expect(await there.page.getByText('Signed in as').count()).toBe(0)
    await here.visit('Profile')
  })

  it('leads an ended device to the sign-in, even from a button on an open page', async () => {
    chromium.expectErrors(/status of 403/)
    const user = `Bob ${javaScriptEnabled}`
    const [here, there] = [await signedIn(user), await signedIn(user, phone)]
    await there.visit('Devices')
    await here.visit('Devices')
    await here.press('Sign out everywhere else')
    await here.page.getByText('Signed out on 1 other device.').waitFor()

    await there.press('Sign out everywhere else')

    await there.heading('Orbit Session').waitFor()
    expect(await there.flashes()).toEqual(['This device has been signed out.'])
    await here.visit('Profile')
  })

  it('shows a device that is signed in with "remember me"', async () => {
    const tab = await chromium.tab({ javaScriptEnabled })
    const demo = new DemoPage(tab, server().url)
    await demo.open('/')
    await demo.field('Your name').fill(`Carol ${javaScriptEnabled}`)
    await tab.getByRole('checkbox', { name: 'Remember me for 30 days' }).check()
    await demo.press('Sign in')
    await demo.heading('Profile').waitFor()

    const cookies = await tab.context().cookies()
    const { expires = 0 } = cookies.find(({ name }) => name === 'gravito_session') ?? {}
    expect((expires - Date.now() / 1000) / 86_400).toBeCloseTo(30, 1)
    await demo.visit('Devices')
    await tab.getByText('This device').waitFor()
  })
})
