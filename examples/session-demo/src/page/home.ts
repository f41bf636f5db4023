import { html, raw } from 'hono/html'

export interface Home {
  userId: string | null
  clicks: number
  message: string | null
  /** A hidden input with the token, as HTML. */
  csrfField: string
}

export function home({ userId, clicks, message, csrfField }: Home) {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Orbit Session</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/style.css">
    <script src="/clicks.js" defer></script>
  </head>
  <body>
    <main>
      <header>
        <h1>Orbit Session</h1>
        <p>Sessions, flash messages and CSRF protection, at work.</p>
      </header>

      ${message === null ? '' : html`<p class="flash" role="status">${message}</p>`}

      <section aria-labelledby="who">
        <h2 id="who">Who you are</h2>
        ${userId === null ? signInForm(csrfField) : signOutForm(userId, csrfField)}
      </section>

      <section aria-labelledby="count">
        <h2 id="count">What the session keeps</h2>
        <p>Clicks counted in this session: <strong id="clicks">${clicks}</strong></p>
        <div class="row">
          <button type="button" data-count="with-token">Count with the token</button>
          <button type="button" class="quiet" data-count="without-token">Try without it</button>
        </div>
        <p class="answer" id="answer" role="status" hidden></p>
      </section>

      <footer>
        <p>The same as JSON: <a href="/me">/me</a>, <a href="/flash">/flash</a>,
          <a href="/csrf">/csrf</a>.</p>
      </footer>
    </main>
  </body>
</html>`
}

function signInForm(csrfField: string) {
  return html`<p>Nobody yet. Any name will do.</p>
        <form method="post" action="/sign-in" class="row">
          ${raw(csrfField)}
          <label class="visually-hidden" for="name">Your name</label>
          <input id="name" name="name" maxlength="40" placeholder="Your name" autocomplete="off" required>
          <button>Sign in</button>
        </form>`
}

function signOutForm(userId: string, csrfField: string) {
  return html`<p>Signed in as <strong>${userId}</strong>.</p>
        <form method="post" action="/sign-out" class="row">
          ${raw(csrfField)}
          <button class="quiet">Sign out</button>
        </form>`
}
