/** The origin of a request, as the browser reports it. */
export type OriginVerdict = 'ours' | 'cross-site' | 'origin' | 'unknown'

/**
 * Checks the headers that a page cannot forge (OWASP CSRF cheat sheet: Fetch Metadata first, then
 * `Origin`). `unknown` means that the request has neither, as from curl and servers. Then the token decides.
 *
 * The scheme of `Origin` may be https while the request is http, if a proxy ends the TLS connection.
 */
export function judgeOrigin(request: {
  readonly url: string
  /** Whether the browser uses https. A proxy may report this. */
  readonly isHttps: () => boolean
  readonly fetchSite: string | undefined
  readonly origin: string | undefined
  readonly trusted: ReadonlySet<string>
  readonly allowSameSite: boolean
}): OriginVerdict {
  const { url, isHttps, fetchSite, origin, trusted, allowSameSite } = request
  if (fetchSite === 'same-origin') return 'ours'
  const isTrusted = origin !== undefined && trusted.has(origin)
  if (fetchSite === 'cross-site' || (fetchSite === 'same-site' && !allowSameSite)) {
    return isTrusted ? 'ours' : 'cross-site'
  }
  if (fetchSite === 'same-site') return 'ours'
  if (origin === undefined) return 'unknown'
  return isTrusted || isOwn(origin, url, isHttps) ? 'ours' : 'origin'
}

function isOwn(origin: string, url: string, isHttps: () => boolean): boolean {
  // No browser can open this host, such as `xn--`.
  if (!URL.canParse(url)) return false
  const { host } = new URL(url)
  if (origin === new URL(`https://${host}`).origin) return true
  return !isHttps() && origin === new URL(`http://${host}`).origin
}
