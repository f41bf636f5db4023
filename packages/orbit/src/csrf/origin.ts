/** Where a request comes from, by the browser's own word. */
export type OriginVerdict = 'ours' | 'cross-site' | 'origin' | 'unknown'

/**
 * Judges the headers that a page cannot forge (OWASP CSRF cheat sheet: Fetch Metadata first, then
 * `Origin`). `unknown` means that neither was sent, as curl and servers do: the token decides.
 *
 * The scheme of `Origin` may be https where we see http: a proxy ended the TLS.
 */
export function judgeOrigin(request: {
  readonly url: string
  readonly fetchSite: string | undefined
  readonly origin: string | undefined
  readonly trusted: ReadonlySet<string>
  readonly allowSameSite: boolean
}): OriginVerdict {
  const { url, fetchSite, origin, trusted, allowSameSite } = request
  if (fetchSite === 'same-origin') return 'ours'
  const isTrusted = origin !== undefined && trusted.has(origin)
  if (fetchSite === 'cross-site' || (fetchSite === 'same-site' && !allowSameSite)) {
    return isTrusted ? 'ours' : 'cross-site'
  }
  if (fetchSite === 'same-site') return 'ours'
  if (origin === undefined) return 'unknown'
  return isTrusted || isOwn(origin, url) ? 'ours' : 'origin'
}

function isOwn(origin: string, url: string): boolean {
  const here = new URL(url)
  return origin === here.origin || origin === new URL(`https://${here.host}`).origin
}
