import { quote } from './quote.ts'

/** Warnings about a wrong configuration that only a request can show. */
export const insecure =
  'The session cookie is Secure, and this request came over plain http: no browser will send the cookie back. Serve the app over https. A proxy that terminates TLS must send X-Forwarded-Proto: https. To try it on another device while you develop, set NODE_ENV=development.'

/** For a request to a host whose browsers ignore cookies with the configured domain. */
export function foreignDomain(domain: string, host: string): string {
  return `session.cookie.domain is ${quote(domain)}, and this request is for the host ${quote(host)}: browsers ignore a cookie of another domain, so users do not stay signed in. Set it to the domain of the host, or remove it. If browsers see another host, the proxy must pass the Host header.`
}

/**
 * Whether browsers ignore a cookie with this domain from this URL (RFC 6265, 5.3): the host is neither
 * the domain nor below it, or the domain is a single label such as `com`.
 */
export function isForeignDomain(domain: string, url: string): boolean {
  const host = URL.canParse(url) ? new URL(url).hostname : ''
  const name = domain.replace(/^\./, '').toLowerCase()
  return host !== name && !(name.includes('.') && host.endsWith(`.${name}`))
}
