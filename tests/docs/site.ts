import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { BrowserContext } from 'playwright-core'
import { beforeAll } from 'vitest'
import { fromRoot } from './pages.ts'

const built = fromRoot('docs/.vitepress/dist')

/** The address that the pages have in the browser of the tests. */
export const siteUrl = 'http://docs.localhost'

/** Builds the site of the docs, unless it is newer than each of its sources. `npm test` has just built it. */
export function useSite(): void {
  beforeAll(() => {
    if (isUpToDate()) return
    execFileSync('npm', ['ci', '--silent', '--prefix', 'docs'], { cwd: fromRoot('.') })
    execFileSync('npm', ['run', '--silent', 'build', '--prefix', 'docs'], { cwd: fromRoot('.') })
  }, 180_000)
}

function isUpToDate(): boolean {
  const index = join(built, 'index.html')
  if (!existsSync(index)) return false
  const time = statSync(index).mtimeMs
  return readdirSync(fromRoot('docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => !/^(?:node_modules|\.vitepress\/(?:dist|cache))(?:\/|$)/.test(path))
    .every((path) => statSync(fromRoot(`docs/${path}`)).mtimeMs <= time)
}

/** Serves the built site to this browser, as a web server with clean URLs does. */
export async function serveSite(context: BrowserContext): Promise<void> {
  await context.route(`${siteUrl}/**`, async (route) => {
    const { pathname } = new URL(route.request().url())
    const path = join(built, decodeURIComponent(pathname))
    const file = pathname.endsWith('/')
      ? `${path}index.html`
      : extname(path)
        ? path
        : `${path}.html`
    if (existsSync(file)) await route.fulfill({ path: file })
    else await route.fulfill({ status: 404, body: '' })
  })
}

/** The paths of all pages of the site, as `llms.txt` lists them, and the front page. */
export function sitePaths(): string[] {
  const list = readFileSync(join(built, 'llms.txt'), 'utf8')
  return ['/', ...[...list.matchAll(/\]\((\/.+?)\.md\)/g)].map(([, path = '']) => path)]
}
