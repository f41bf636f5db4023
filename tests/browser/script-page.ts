import type { Page } from 'playwright-core'

// What a script does on a page of `scripted.mjs`, and what the browser sends for it.

/** The status of a POST with the library of the page. */
export const post = (page: Page, path: string, data: object = {}): Promise<number> =>
  page.evaluate(([url, values]) => Object(window).post(url, values), [path, data] as const)

/** A held request. A script has sent it, and it has no cookies yet. */
export interface Held {
  /** Resolves when the request has arrived. */
  readonly isHeld: Promise<unknown>
  /** Sends the request on, with the browser's current cookies. */
  go(): void
}

/** Holds the next request to this path. */
export async function hold(page: Page, path: string): Promise<Held> {
  const requested = page.waitForRequest((request) => new URL(request.url()).pathname === path)
  let go = () => {}
  const gone = new Promise<void>((resolve) => {
    go = resolve
  })
  await page.route(
    (url) => url.pathname === path,
    async (route) => {
      await gone
      await route.continue()
    },
    { times: 1 },
  )
  return { isHeld: requested, go }
}

/** The page's requests from now on, except GET, as `POST /path`. */
export function sentBy(page: Page): string[] {
  const sent: string[] = []
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (request.method() !== 'GET') sent.push(`${request.method()} ${pathname}`)
  })
  return sent
}

/** The reasons for which requests of the page are refused from now on. */
export function refusalsIn(page: Page): string[] {
  const refusals: string[] = []
  page.on('response', (response) => {
    const refusal = response.headers()['session-refused']
    if (refusal !== undefined) refusals.push(refusal)
  })
  return refusals
}

/**
 * The origins to which the page sends such requests from now on, and whether each request carried
 * this token in a header.
 */
export function receiversOf(page: Page, token: string) {
  const noted: Promise<{ origin: string; hasToken: boolean }>[] = []
  page.on('request', (request) => {
    if (request.method() === 'GET') return
    const { origin } = new URL(request.url())
    const headers = request.allHeaders().then(Object.entries)
    const isToken = ([name, value]: [string, string]) => name !== 'cookie' && value === token
    noted.push(headers.then((all) => ({ origin, hasToken: all.some(isToken) })))
  })
  return () => Promise.all(noted)
}

export const tokenOf = (page: Page): Promise<string> =>
  page.evaluate(() => /XSRF-TOKEN=([^;]+)/.exec(document.cookie)?.[1] ?? 'none')
