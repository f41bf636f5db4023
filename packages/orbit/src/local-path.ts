import type { Context } from 'hono'

/** Some proxies refuse a longer `Location` header. */
const maxLength = 2048

/**
 * Returns a path of this app that is safe to redirect to. Use it for URLs that a client may have chosen:
 * the `to` of a sign-in link, a hidden form field, the `Referer` header (OWASP: unvalidated redirects
 * and forwards; ASVS 3.7.2).
 *
 * It accepts a path that starts with `/`, and an absolute http or https URL with the host of the request. It
 * returns path, query and hash as the URL standard writes them, without scheme and host, so the browser stays
 * on this origin. For anything else it returns the fallback. The fallback is checked in the same way: if it is not
 * a path of this app, the result is `/`.
 *
 * @param to a value of any type, such as `c.req.query('to')` or a field of `parseBody()`
 * @param fallback a path of this app. Default `/`
 * @example
 * app.post('/login', async (c) => {
 *   const { to } = await c.req.parseBody()
 *   return c.redirect(localPath(c, to, '/account'), 303)
 * })
 */
export function localPath(c: Context, to: unknown, fallback = '/'): string {
  return pathOf(to, c.req.url) ?? pathOf(fallback, c.req.url) ?? '/'
}

/**
 * Checks the parsed URL, never the string: browsers read `\` as `/`, skip tabs and line breaks and remove dot
 * segments, and the parser does the same.
 */
function pathOf(to: unknown, requestUrl: string): string | undefined {
  if (typeof to !== 'string' || !/^(?:\/|https?:\/\/)/i.test(to)) return undefined
  if (!URL.canParse(to, requestUrl)) return undefined
  const { host, pathname, search, hash } = new URL(to, requestUrl)
  const path = pathname + search + hash
  const isOurs = host === new URL(requestUrl).host
  // The path of `/.//evil.example` is `//evil.example`, which would be another host.
  return isOurs && !path.startsWith('//') && path.length <= maxLength ? path : undefined
}
