/** Returns the name of a request for the log. It leaves out the query, which may contain secrets. */
export function nameOf({ method, url }: Request): string {
  // Some servers accept a host that is not valid in a URL, such as `xn--`.
  return `${method} ${URL.canParse(url) ? new URL(url).pathname : '(unreadable URL)'}`
}
