import type { Context } from 'hono'

/** Whether the client is a browser that shows the response, and not a script that reads it. */
export function prefersPage(c: Context): boolean {
  const accept = c.req.header('Accept') ?? ''
  return accept.includes('text/html') && !accept.startsWith('application/json')
}

/** What a person reads in the place of a JSON error. */
export interface Problem {
  readonly title: string
  /** What happened and what to do, for the person who sent the request. */
  readonly advice: string
  /** The same for developers: the code or reason, and its message. */
  readonly code: string
  readonly message: string
}

/** The page: without scripts, without anything from elsewhere, and with all texts escaped. */
export function pageOf({ title, advice, code, message }: Problem): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<body style="font: 1rem/1.5 system-ui; max-width: 36rem; margin: 4rem auto; padding: 0 1rem">
<h1>${title}</h1>
<p>${advice}</p>
<p><a href="/" style="display: inline-block; padding: .7rem 0">Go to the start page</a></p>
<p><small>${code}: ${escaped(message)}</small></p>
</body>
</html>
`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** Headers of a response that is JSON or a page: caches know what it depends on, and keep neither. */
export function headersOf(type: 'application/json' | 'text/html'): Headers {
  return new Headers({
    'Content-Type': `${type}; charset=UTF-8`,
    'Cache-Control': 'no-store',
    Vary: 'Accept',
  })
}
