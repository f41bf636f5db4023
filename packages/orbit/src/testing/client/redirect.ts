import { isStream, type Wanted } from './message.ts'

const redirects = new Set([301, 302, 303, 307, 308])

/** Whether a browser follows this response to another URL. */
export function isRedirect({ status, headers }: Response): boolean {
  return redirects.has(status) && headers.has('Location')
}

/**
 * The request that a browser sends after this response (Fetch, "HTTP-redirect fetch"): a GET without the body
 * after a 303, and after a 301 or 302 to a POST. Otherwise the method and body stay the same.
 *
 * @returns `undefined` if the response is not a redirect, or leads to another origin
 * @throws {TypeError} if the body must be sent again but was a stream
 */
export function redirected(response: Response, sent: Wanted): Wanted | undefined {
  const { status, headers } = response
  const location = headers.get('Location') ?? ''
  if (!isRedirect(response) || !URL.canParse(location, sent.url)) return undefined
  const url = new URL(location, sent.url)
  if (url.origin !== sent.url.origin) return undefined
  if (!becomesGet(status, sent.method.toUpperCase())) {
    if (!isStream(sent.body)) return { ...sent, url }
    throw new TypeError(
      `${sent.method} ${sent.url.pathname} is redirected with ${status}, so its body must be sent again, but it was a stream. Use a string, a FormData or bytes as the body.`,
    )
  }
  const kept = [...sent.headers].filter(([name]) => !name.startsWith('content-'))
  const { body: _, ...init } = sent.init ?? {}
  return { method: 'GET', url, headers: new Map(kept), body: undefined, init }
}

function becomesGet(status: number, method: string): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD'
  return (status === 301 || status === 302) && method === 'POST'
}
