import type { Page, Request, Route } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { useChromium } from './chromium.ts'
import { button } from './person.ts'
import { useRecipe } from './recipe.ts'
import { tokenOf } from './script-page.ts'

/** What a page sends to sign in: the id in its cookie, and the response of the device. */
interface Sent {
  readonly id: string
  readonly body: string
}

const chromium = useChromium()

describe('the recipe for passkeys', () => {
  const recipe = useRecipe('docs/recipes/passkeys.md', {
    app: 'src/app.ts',
    script: 'src/passkeys.ts',
    bundle: 'public/passkeys.js',
  })

  /** A browser on the sign-in page. Its device stores passkeys and accepts every request. */
  async function arrive(): Promise<Page> {
    const page = await chromium.tab()
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('WebAuthn.enable')
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    })
    await page.goto(`${recipe().url}/login`)
    return page
  }

  /** The same after entering the password, adding a passkey, and signing out. */
  async function withPasskey(): Promise<Page> {
    const page = await arrive()
    await button(page, 'Sign in with the password').click()
    await page.waitForURL('**/account')
    const before = await passkeysOn(page)
    await button(page, 'Add a passkey').click()
    await page.getByText(`Passkeys: ${before + 1}`).waitFor()
    await signOut(page)
    return page
  }

  const passkeysOn = async (page: Page): Promise<number> =>
    Number((await page.getByText(/^Passkeys: /).textContent())?.slice('Passkeys: '.length))

  async function signOut(page: Page): Promise<void> {
    await button(page, 'Sign out').click()
    await page.waitForURL('**/login') // and for its script
  }

  /** Signs in, and returns what the page sent for it. */
  async function signIn(page: Page): Promise<Sent> {
    const sent = nextSignIn(page, (route) => route.continue())
    await button(page, 'Sign in with a passkey').click()
    await page.waitForURL('**/account')
    return sent
  }

  /** What the page would send to sign in. The request does not reach the server. */
  async function signedResponse(page: Page): Promise<string> {
    chromium.expectErrors(/ERR_FAILED/)
    const sent = nextSignIn(page, (route) => route.abort())
    await button(page, 'Sign in with a passkey').click()
    await page.getByText('Failed to fetch').waitFor()
    return (await sent).body
  }

  function nextSignIn(page: Page, pass: (route: Route) => Promise<void>): Promise<Sent> {
    return new Promise((resolve) => {
      const note = async (route: Route, request: Request) => {
        resolve({ id: await idOf(page), body: request.postData() ?? '' })
        await pass(route)
      }
      void page.route('**/login/passkey', note, { times: 1 })
    })
  }

  const idOf = async (page: Page): Promise<string> => {
    const cookies = await page.context().cookies()
    return cookies.find(({ name }) => name === 'session')?.value ?? 'none'
  }

  /** The statuses of the given number of parallel requests, with the page's current token. */
  const send = async (page: Page, body: string, times = 1): Promise<number[]> =>
    page.evaluate(
      ([content, token, count]) => {
        const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': token }
        const request = { method: 'POST', headers, body: content }
        const sent = Array.from({ length: count }, () => fetch('/login/passkey', request))
        return Promise.all(sent.map(async (response) => (await response).status))
      },
      [body, await tokenOf(page), times] as const,
    )

  /** The status of a POST without a body. With `…/options`, the page gets a challenge. */
  const post = async (page: Page, path: string): Promise<number> =>
    page.evaluate(
      async ([url, token]) => {
        const request = { method: 'POST', headers: { 'X-CSRF-Token': token } }
        return (await fetch(url, request)).status
      },
      [path, await tokenOf(page)] as const,
    )

  /** The sign-in methods of the user's sessions. The current session is marked. */
  const methodsOn = (page: Page): Promise<string[]> => page.getByRole('listitem').allTextContents()

  /** The status of the account page for a request with this session id. */
  const statusFor = async (id: string): Promise<number> =>
    (await fetch(`${recipe().url}/account`, { headers: { cookie: `session=${id}` } })).status

  it('registers a passkey and signs in with it, and the list shows the method', async () => {
    const page = await withPasskey()

    await signIn(page)

    expect(await methodsOn(page)).toContain('passkey, this device')
  })

  it("signs in under a new id, not the visitor's id", async () => {
    const page = await withPasskey()

    const { id } = await signIn(page)

    expect(id).not.toBe(await idOf(page))
    expect(await statusFor(id)).toBe(401)
    expect(await statusFor(await idOf(page))).toBe(200)
  })

  it('redirects to the page that the user wanted', async () => {
    const page = await withPasskey()
    await page.goto(`${recipe().url}/login?next=%2Faccount%3Ffrom%3Dlogin`)

    await button(page, 'Sign in with a passkey').click()

    await page.waitForURL('**/account?from=login')
  })

  it('refuses a response that was already used, in the same session and after the sign-out', async () => {
    chromium.expectErrors(/status of 400/)
    const page = await withPasskey()
    const { body } = await signIn(page)

    expect(await send(page, body)).toEqual([400])

    await signOut(page)
    expect(await send(page, body)).toEqual([400])
    expect(await post(page, '/login/passkey/options')).toBe(200)
    expect(await send(page, body)).toEqual([400])
    await page.goto(`${recipe().url}/account`)
    expect(page.url()).toContain('/login')
  })

  it('refuses a copied response that is still valid in the browser of the user', async () => {
    chromium.expectErrors(/status of 400/)
    const page = await withPasskey()
    const body = await signedResponse(page)
    const thief = await arrive()
    expect(await post(thief, '/login/passkey/options')).toBe(200)

    expect(await send(thief, body)).toEqual([400])
    expect(await send(page, body)).toEqual([200])
  })

  it('signs in exactly one of two parallel requests with the same response', async () => {
    chromium.expectErrors(/status of 40[09]/)
    const page = await withPasskey()
    const body = await signedResponse(page)

    const gate = await recipe().closeGate('POST /login/passkey')

    const sent = send(page, body, 2)
    await gate.reachedBy(2)
    await gate.open()

    const statuses = await sent
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    await page.goto(`${recipe().url}/account`)
    expect(await methodsOn(page)).toContain('passkey, this device')
  })

  it('adds no passkey for a visitor', async () => {
    chromium.expectErrors(/status of 401/)
    const page = await arrive()

    expect(await post(page, '/passkeys/options')).toBe(401)
  })
})
