import type { Page } from 'playwright-core'

// What a script does in a page of `scripted.mjs`, and what the browser sends for it.

/** The status of a POST by the library of the page. */
export const post = (page: Page, path: string, data: object = {}): Promise<number> =>
  page.evaluate(([url, values]) => Object(window).post(url, values), [path, data] as const)

/** A request that the browser holds: a script has sent it, and it has no cookies yet. */
export interface Held {
  /** Settles when the request is there. */
  readonly isHeld: Promise<unknown>
  /** Lets it go, with the cookies that the browser has then. */
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

/** The requests with a method other than GET that the page sends from now on, as `POST /path`. */
export function sentBy(page: Page): string[] {
  const sent: string[] = []
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (request.method() !== 'GET') sent.push(`${request.method()} ${pathname}`)
  })
  return sent
}

/** Why requests of the page are refused from now on. */
export function refusalsIn(page: Page): string[] {
  const refusals: string[] = []
  page.on('response', (response) => {
    const refusal = response.headers()['session-refused']
    if (refusal !== undefined) refusals.push(refusal)
  })
  return refusals
}

/** The origins to which the page sends such requests from now on, and whether each carried this token in a header. */
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
