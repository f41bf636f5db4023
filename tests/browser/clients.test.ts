import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pasteGuide } from '../guide/project.ts'
import { serveGuideApp } from '../guide/runtimes.ts'
import { useServer } from '../guide/use-server.ts'
import { axiosFile, useApp } from './app.ts'
import { useCertificate } from './certificate.ts'
import { useChromium } from './chromium.ts'
import { signIn } from './person.ts'

const repo = fileURLToPath(new URL('../../', import.meta.url))
const guideFetch = new URL('../guide/app/frontend/login.ts', import.meta.url)

/** The cookies that scripts on the page can read. */
const cookiesOfScripts = (page: Page): Promise<string[]> =>
  page.evaluate(() => document.cookie.split('; ').filter(Boolean).sort())

async function cookieOf(person: BrowserContext, name: string) {
  const cookie = (await person.cookies()).find((one) => one.name === name)
  if (cookie === undefined) throw new Error(`the browser has no cookie ${name}`)
  return cookie
}

/** The status of a POST with the page's own Axios, even for an error. */
const postWithAxios = (page: Page, path: string, body: object): Promise<number> =>
  page.evaluate(
    async ([url, data]) => {
      const { axios } = Object(window)
      const { status } = await axios.post(url, data, { validateStatus: () => true })
      return status
    },
    [path, body] as const,
  )

const json = (page: Page, path: string): Promise<unknown> =>
  page.evaluate(async (url) => (await fetch(url)).json(), path)

const chromium = useChromium()

describe('Axios on a page', () => {
  const app = useApp()

  it('posts without any configuration, before and after the sign-in', async () => {
    const page = await chromium.tab()
    await page.goto(`${app().url}/axios`)

    expect(await postWithAxios(page, '/api/notes', { note: 'as a visitor' })).toBe(200)
    const before = await cookiesOfScripts(page)
    expect(await postWithAxios(page, '/api/sign-in', { name: 'Ada' })).toBe(200)
    expect(await cookiesOfScripts(page)).not.toEqual(before)
    expect(await postWithAxios(page, '/api/notes', { note: 'signed in' })).toBe(200)

    const notes = ['as a visitor', 'signed in']
    expect(await json(page, '/api/me')).toEqual({ userId: 'Ada', notes })
  })

  it('is refused if it is configured to send no token', async () => {
    chromium.expectErrors(/status of 403/)
    const page = await chromium.tab()
    await page.goto(`${app().url}/axios`)
    await page.evaluate(() => {
      Object(window).axios.defaults.xsrfCookieName = 'another'
    })

    expect(await postWithAxios(page, '/api/notes', { note: 'never kept' })).toBe(403)

    expect(await json(page, '/api/me')).toEqual({ userId: null, notes: [] })
  })
})

describe("On a page of the guide's app", () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gravito-browser-'))
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    await symlink(join(repo, 'node_modules'), join(folder, 'node_modules'))
    await pasteGuide(folder)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const server = useServer(() => serveGuideApp.node(folder))

  async function arrive(): Promise<Page> {
    chromium.expectErrors(/favicon/)
    const page = await chromium.tab()
    await page.goto(`${server().url}/me`)
    return page
  }

  it("the guide's fetch block signs in with the token of the cookie", async () => {
    const page = await arrive()
    const block = await readFile(guideFetch, 'utf8')

    const status = await page.evaluate(`(async () => {
      const csrfToken = decodeURIComponent(/XSRF-TOKEN=([^;]+)/.exec(document.cookie)[1])
      const [email, password] = ['ada@example.com', 'secret']
      ${block}
      return res.status
    })()`)

    expect(status).toBe(200)
    expect(await json(page, '/me')).toEqual({ userId: 'user_123' })
  })

  it('Axios signs in, out and in again, and uses each new token by itself', async () => {
    const page = await arrive()
    await page.addScriptTag({ path: axiosFile })

    for (const userId of ['user_123', null, 'user_123']) {
      expect(await postWithAxios(page, userId ? '/login' : '/logout', {})).toBe(200)
      expect(await json(page, '/me')).toEqual({ userId })
    }
  })
})

describe('The cookies in Chromium', () => {
  const certificate = useCertificate()
  const plain = useApp()
  const secure = useApp(() => ({ tls: certificate() }))

  const everywhere = { domain: 'localhost', path: '/', sameSite: 'Lax' }

  it('on http://localhost, without NODE_ENV, are not Secure and have no prefix', async () => {
    const person = await chromium.person()
    const page = await person.newPage()
    await signIn(page, plain().url, 'Ada')

    const names = (await person.cookies()).map(({ name }) => name).sort()
    expect(names).toEqual(['XSRF-TOKEN', 'session'])
    const session = { ...everywhere, secure: false, httpOnly: true }
    expect(await cookieOf(person, 'session')).toMatchObject(session)
    const token = { ...everywhere, secure: false, httpOnly: false }
    expect(await cookieOf(person, 'XSRF-TOKEN')).toMatchObject(token)
  })

  it('over https are Secure, and the session cookie has the __Host- prefix', async () => {
    const person = await chromium.person({ ignoreHTTPSErrors: true })
    const page = await person.newPage()
    await signIn(page, secure().url, 'Ada')

    const names = (await person.cookies()).map(({ name }) => name).sort()
    expect(names).toEqual(['XSRF-TOKEN', '__Host-session'])
    const session = { ...everywhere, secure: true, httpOnly: true }
    expect(await cookieOf(person, '__Host-session')).toMatchObject(session)
    const token = { ...everywhere, secure: true, httpOnly: false }
    expect(await cookieOf(person, 'XSRF-TOKEN')).toMatchObject(token)
  })

  it.each([
    ['http', plain],
    ['https', secure],
  ] as const)('over %s expose the token to scripts, but never the session id', async (_, app) => {
    const person = await chromium.person({ ignoreHTTPSErrors: true })
    const page = await person.newPage()
    await signIn(page, app().url, 'Ada')

    const { value } = await cookieOf(person, 'XSRF-TOKEN')
    expect(await cookiesOfScripts(page)).toEqual([`XSRF-TOKEN=${value}`])
  })

  it('last as long as the session, and survive a restart of the browser', async () => {
    const person = await chromium.person()
    const page = await person.newPage()
    await signIn(page, plain().url, 'Ada')

    const week = 7 * 24 * 60 * 60
    const { expires } = await cookieOf(person, 'session')
    expect(expires - Date.now() / 1000).toBeGreaterThan(week - 60)
    expect(expires - Date.now() / 1000).toBeLessThanOrEqual(week)
    const later = await chromium.tab({ storageState: await person.storageState() })
    await later.goto(plain().url)
    expect(await later.getByText('Signed in as Ada').isVisible()).toBe(true)
  })
})
