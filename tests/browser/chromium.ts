import { accessSync, constants } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type LaunchOptions,
  type Page,
} from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'

/** Less than the time limit of a test, so that the error names the step. */
const STEP_LIMIT_MS = 10_000

/** No sandbox, because the tests may run as root, and no background activity of Chromium. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface Chromium {
  /** Another browser: separate cookies and a separate cache. */
  person(options?: BrowserContextOptions): Promise<BrowserContext>
  /** A tab in another browser. */
  tab(options?: BrowserContextOptions): Promise<Page>
  /** Chromium logs each refused request as an error. The test names the errors that it causes. */
  expectErrors(...patterns: RegExp[]): void
}

/**
 * One Chromium for the tests of a file. A test fails if its pages log or throw an error that it has not
 * named.
 */
export function useChromium(options: LaunchOptions = {}): Chromium {
  let browser: Browser | undefined
  let people: BrowserContext[] = []
  let errors: string[] = []
  let expected: RegExp[] = []

  beforeAll(async () => {
    browser = await chromium.launch({ ...launchOptions(), ...options })
  }, 30_000)

  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await show(people)
    const unexpected = errors.filter((error) => !expected.some((pattern) => pattern.test(error)))
    for (const person of people) await person.close()
    people = []
    errors = []
    expected = []
    expect(unexpected).toEqual([])
  })

  afterAll(() => browser?.close())

  async function person(given: BrowserContextOptions = {}): Promise<BrowserContext> {
    if (browser === undefined) throw new Error('Chromium has not been started')
    const context = await browser.newContext(given)
    context.setDefaultTimeout(STEP_LIMIT_MS)
    context.on('console', (message) => {
      if (message.type() !== 'error') return
      errors.push(`${message.text()} (${message.location().url})`)
    })
    context.on('weberror', (error) => errors.push(String(error.error())))
    people.push(context)
    return context
  }

  return {
    person,
    tab: async (given) => (await person(given)).newPage(),
    expectErrors: (...patterns) => expected.push(...patterns),
  }
}

/**
 * A browser that allows third-party cookies. It has its own profile, because private windows, which
 * `useChromium` uses, do not have this setting.
 */
export async function withThirdPartyCookies(
  visit: (person: BrowserContext) => Promise<void>,
): Promise<void> {
  const profile = await mkdtemp(join(tmpdir(), 'gravito-browser-'))
  const preferences = { profile: { cookie_controls_mode: 0, block_third_party_cookies: false } }
  await mkdir(join(profile, 'Default'))
  await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences))
  const options = { ...launchOptions(), ignoreHTTPSErrors: true }
  const person = await chromium.launchPersistentContext(profile, options)
  try {
    await visit(person)
  } finally {
    await person.close()
    await rm(profile, { recursive: true, force: true })
  }
}

function launchOptions(): LaunchOptions {
  return { executablePath: findChromium(), args: flags }
}

function findChromium(): string {
  const { CHROMIUM, PATH = '' } = process.env
  if (CHROMIUM) return CHROMIUM
  const names = ['chromium', 'chromium-browser']
  const folders = ['/usr/bin', ...PATH.split(delimiter).filter(Boolean)]
  const found = folders.flatMap((folder) => names.map((name) => join(folder, name))).find(canRun)
  if (found !== undefined) return found
  throw new Error(
    'Chromium was not found. Run: apt-get install -y chromium (or name its file in CHROMIUM)',
  )
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** What the page showed when the test failed. */
async function show(people: BrowserContext[]): Promise<void> {
  for (const page of people.flatMap((person) => person.pages())) {
    const seen = await page
      .locator('body')
      .ariaSnapshot({ timeout: 1000 })
      .catch((error: unknown) => String(error))
    console.error(`${page.url()} showed:\n${seen}`)
  }
}
