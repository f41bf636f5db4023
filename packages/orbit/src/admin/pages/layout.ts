import { html } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/** What all pages show around their content. */
export interface Frame {
  /** The link to the page at the top. */
  readonly base: string
  readonly title: string
  /** The nonce, if the Content-Security-Policy of the app has one. */
  readonly nonce: string | undefined
  /** The hidden fields that forms need. */
  readonly tokens: readonly HtmlEscapedString[]
  /** The search string. */
  readonly search: string
  /** The query of the URL. */
  readonly query: Readonly<Record<string, string>>
  /** The result of the action before this page. */
  readonly notice: string | undefined
}

/** The page, without scripts. `html` escapes all strings that come from outside. */
export function layout(frame: Frame, content: Html): Html {
  const { base, title, nonce, search, notice } = frame
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="robots" content="noindex">
    <title>${title}</title>
    <link rel="icon" type="image/svg+xml" href="${base}/icon.svg">
    ${
      nonce === undefined
        ? html`<link rel="stylesheet" href="${base}/look.css">`
        : html`<link rel="stylesheet" href="${base}/look.css" nonce="${nonce}">`
    }
  </head>
  <body>
    <header>
      <h1><a href="${base}">${title}</a></h1>
      <nav aria-label="Pages">
        <a href="${base}">List</a>
        <a href="${base}/count">Count</a>
      </nav>
      <form method="get" action="${base}" role="search" class="row">
        <input name="owner" value="${search}" aria-label="User id or handle" placeholder="User id or handle" autocomplete="off">
        <button>Find</button>
      </form>
    </header>
    <main>
      ${notice === undefined ? '' : html`<p class="notice" role="status">${notice}</p>`}
      ${content}
    </main>
  </body>
</html>`
}
