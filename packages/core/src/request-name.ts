/** How the log names a request. The path only: a query may hold secrets. */
export function nameOf({ method, url }: Request): string {
  // Some servers let a host through that no URL can have, such as `xn--`.
  return `${method} ${URL.canParse(url) ? new URL(url).pathname : '(unreadable URL)'}`
}
