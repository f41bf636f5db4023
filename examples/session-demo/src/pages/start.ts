import { html } from 'hono/html'
import { described, errorsOf } from './field.ts'
import type { Frame } from './frame.ts'
import { type Html, layout } from './layout.ts'

export const MAX_NAME_LENGTH = 40

export function startPage(frame: Frame): Html {
  return layout(frame, {
    title: 'Orbit Session',
    lede: 'A small app with sessions, flash messages and CSRF protection. Sign in, and try each page.',
    source: 'src/controllers/StartController.ts',
    content: html`${frame.userId === null ? signIn(frame) : ''}
      <section class="stack" aria-labelledby="to-try">
        <h2 id="to-try">What to try</h2>
        <ul class="lines">
          <li><a href="/profile"><strong>Profile</strong>: your name, and when your session ends.</a></li>
          <li><a href="/devices"><strong>Devices</strong>: where you are signed in. You can sign out your other devices.</a></li>
          <li><a href="/messages"><strong>Messages</strong>: a message that only the next page shows.</a></li>
          <li><a href="/cart"><strong>Cart</strong>: a plain form and <code>fetch</code>, each with the CSRF token.</a></li>
          <li><a href="/attacks"><strong>Attacks</strong>: requests that this app refuses, and why.</a></li>
        </ul>
        <p class="soft routes">The routes of the starter guide return JSON:
          <a href="/me">/me</a> <a href="/flash">/flash</a> <a href="/csrf-token">/csrf-token</a></p>
      </section>`,
  })
}

function signIn(frame: Frame): Html {
  return html`<form class="card" method="post" action="/sign-in">
        ${frame.csrfField}
        <label for="name">Your name</label>
        <input id="name" name="name" value="${frame.old('name')}" maxlength="${MAX_NAME_LENGTH}" autocomplete="nickname" ${described(frame, 'name', 'any-name')}>
        ${errorsOf(frame, 'name')}
        <p class="soft" id="any-name">You can use any name. There is no password.</p>
        <label class="check"><input type="checkbox" name="remember" ${frame.old('remember') === '' ? '' : 'checked'}> Remember me for 30 days</label>
        <button>Sign in</button>
      </form>`
}
