import { html } from 'hono/html'
import type { Frame } from './frame.ts'
import { type Html, layout } from './layout.ts'

export interface Attacks {
  readonly strangersToken: string
  /** The origin of the demo under the other loopback name. Undefined if the demo does not run on localhost. */
  readonly otherSite: string | undefined
  /** The result of the attack with the copied cookie, if the user has just tried it. */
  readonly copiedCookie: Answer | null
}

export interface Answer {
  readonly verdict: string
  readonly explanation: string
}

export function attacksPage(frame: Frame, attacks: Attacks): Html {
  return layout(frame, {
    title: 'Attack this app',
    lede: "Five attacks that this app stops. Each button sends real requests and shows the server's response.",
    source: 'src/controllers/AttackController.ts',
    script: 'attacks.js',
    content: html`${noToken()}
      ${strangersToken(attacks)}
      ${fromAnotherSite(attacks)}
      ${copiedCookie(frame, attacks)}
      ${twentyClicks()}`,
  })
}

function noToken(): Html {
  return attack({
    id: 'no-token',
    title: 'No token',
    attempt:
      'A form without the hidden CSRF token posts an item to your cart. Anyone can write this form.',
    unprotected:
      'The item is added to your cart. With another form, an attacker could change your password.',
    action: html`<form method="post" action="/cart" data-answer-here>
          <input type="hidden" name="item" value="Something you did not want">
          <button>Post without a token</button>
        </form>`,
  })
}

function strangersToken({ strangersToken }: Attacks): Html {
  return attack({
    id: 'strangers-token',
    title: "A stranger's token",
    attempt: 'The form has a valid token, which this server has just created for another session.',
    unprotected:
      'If the server only checks the signature of the token, attackers can use the token of their own session.',
    action: html`<form method="post" action="/cart" data-answer-here>
          <input type="hidden" name="_token" value="${strangersToken}">
          <input type="hidden" name="item" value="Something you did not want">
          <button>Post with a stranger's token</button>
        </form>`,
  })
}

function fromAnotherSite({ otherSite }: Attacks): Html {
  return attack({
    id: 'another-site',
    title: 'From another site',
    attempt:
      'A page on another site has a form that posts to your cart. The button opens this page.',
    unprotected:
      'The browser sends the request. If the cookie has SameSite=None, the browser also sends your session.',
    action:
      otherSite === undefined
        ? html`<p class="soft">Open the demo on localhost to try this attack.</p>`
        : html`<a class="button" href="${otherSite}/elsewhere">Post from another site</a>`,
  })
}

function copiedCookie({ csrfField }: Frame, { copiedCookie }: Attacks): Html {
  return attack({
    id: 'copied-cookie',
    title: 'A copied cookie',
    attempt:
      'An attacker has copied your cookie. You sign out, and then the attacker uses the copy.',
    unprotected:
      'If the cookie itself contains the session, a sign-out only deletes the cookie in your browser. The copy still works.',
    action: html`<form method="post" action="/attacks/copied-cookie">
          ${csrfField}
          <button>Sign out, then use the copied cookie</button>
        </form>`,
    answer: copiedCookie,
  })
}

/** The button needs JavaScript, so it is disabled until the script has run. */
function twentyClicks(): Html {
  return attack({
    id: 'twenty-clicks',
    title: 'Twenty clicks at once',
    attempt: 'Twenty requests overlap. Each adds one to a number in your session.',
    unprotected:
      'Each request loads the session and writes all of it back. The last request overwrites the others, and their clicks are lost.',
    action: html`<button type="button" data-clicks="20" disabled>Click twenty times</button>
        <noscript><p class="soft">This attack needs JavaScript.</p></noscript>`,
  })
}

interface Attack {
  readonly id: string
  readonly title: string
  readonly attempt: string
  readonly unprotected: string
  readonly action: Html
  readonly answer?: Answer | null
}

function attack({ id, title, attempt, unprotected, action, answer }: Attack): Html {
  return html`<section class="card" id="${id}" aria-labelledby="${id}-title">
        <h2 id="${id}-title">${title}</h2>
        <dl>
          <dt>Attack</dt>
          <dd>${attempt}</dd>
          <dt>Without protection</dt>
          <dd>${unprotected}</dd>
        </dl>
        ${action}
        <p class="answer" role="status">${answer ? html`<strong>${answer.verdict}</strong>: ${answer.explanation}` : ''}</p>
      </section>`
}
