import { html } from 'hono/html'
import { driver } from '../drivers.ts'
import type { Frame } from './frame.ts'

export type Html = ReturnType<typeof html>

const pages = [
  ['/', 'Start'],
  ['/profile', 'Profile'],
  ['/devices', 'Devices'],
  ['/messages', 'Messages'],
  ['/cart', 'Cart'],
  ['/attacks', 'Attacks'],
] as const

export interface Page {
  readonly title: string
  readonly lede: string | Html
  readonly content: Html
  /** The file that creates the page. */
  readonly source: string
  /** The module in `public/` that the page runs. */
  readonly script?: string
}

export function layout(frame: Frame, { title, lede, content, source, script }: Page): Html {
  const name = title === 'Orbit Session' ? title : `${title} · Orbit Session`
  return html`<!doctype html>
<html lang="en">
  <head>
    ${head(name)}
    ${script === undefined ? '' : module(script)}
  </head>
  <body>
    <a class="button skip" href="#content">Skip to the content</a>
    <header class="top">
      <p class="brand"><img src="/assets/icon.svg" alt="" width="28" height="28"> Orbit demo</p>
      ${frame.userId === null ? '' : account(frame, frame.userId)}
      <nav aria-label="Pages">
        <ul>${pages.map(([path, label]) => link(frame, path, label))}</ul>
      </nav>
    </header>
    <main id="content">
      ${frame.error === null ? '' : html`<p class="flash wrong" role="status">${frame.error}</p>`}
      ${frame.success === null ? '' : html`<p class="flash" role="status">${frame.success}</p>`}
      <h1>${title}</h1>
      <p class="lede">${lede}</p>
      ${content}
    </main>
    <footer>
      <p>Source of this page: <code>${source}</code></p>
      <p>Driver: <code>${driver}</code></p>
    </footer>
  </body>
</html>`
}

/** The start of every document's head. */
export function head(title: string): Html {
  return html`<meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title}</title>
    <link rel="icon" type="image/svg+xml" href="/assets/icon.svg">
    <link rel="stylesheet" href="/assets/style.css">`
}

/** The page is hidden until the script has run, so that users cannot click too early. */
function module(name: string): Html {
  return html`<script type="module" src="/assets/${name}" blocking="render"></script>`
}

function link({ path: current }: Frame, path: string, label: string): Html {
  return path === current
    ? html`<li><a href="${path}" aria-current="page">${label}</a></li>`
    : html`<li><a href="${path}">${label}</a></li>`
}

function account({ csrfField }: Frame, userId: string): Html {
  return html`<div class="account">
        <p>Signed in as <strong>${userId}</strong></p>
        <form method="post" action="/sign-out">
          ${csrfField}
          <button class="quiet">Sign out</button>
        </form>
      </div>`
}
