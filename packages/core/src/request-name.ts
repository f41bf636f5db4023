/** How the log names a request. It leaves out the query, which may hold secrets. */
export function nameOf({ method, url }: Request): string {
  // Some servers accept a host that is not valid in a URL, such as `xn--`.
  return `${method} ${URL.canParse(url) ? new URL(url).pathname : '(unreadable URL)'}`
}
