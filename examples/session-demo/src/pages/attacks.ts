import { html } from 'hono/html'
import type { Frame } from './frame.ts'
import { type Html, layout } from './layout.ts'

export interface Attacks {
  readonly strangersToken: string
  /** The origin under the other loopback name; undefined where the demo is not on one. */
  readonly otherSite: string | undefined
  /** What came of the copied cookie, if that was just tried. */
  readonly copiedCookie: Answer | null
}

export interface Answer {
  readonly verdict: string
  readonly explanation: string
}

export function attacksPage(frame: Frame, attacks: Attacks): Html {
  return layout(frame, {
    title: 'Try to attack me',
    lede: "Five things that go wrong elsewhere. Each button does the real thing; what you see is the server's answer.",
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
    tried:
      'A form without the hidden field puts something into your cart. Anybody can write such a form.',
    elsewhere: 'Without a check it is in the cart, and the next form changes your address.',
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
    tried: 'The form has a token: a real one, which this server has just made for another session.',
    elsewhere:
      'Where a token only has to be signed, the attacker brings the one from a visit of their own.',
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
    tried:
      'A page of another site has a form that posts to your cart. The link takes you to such a page.',
    elsewhere:
      'The browser delivers the post, and where the cookie is SameSite=None, your session with it.',
    action:
      otherSite === undefined
        ? html`<p class="soft">Open the demo on localhost to try this one.</p>`
        : html`<a class="button" href="${otherSite}/elsewhere">Post from another site</a>`,
  })
}

function copiedCookie({ csrfField }: Frame, { copiedCookie }: Attacks): Html {
  return attack({
    id: 'copied-cookie',
    title: 'A copied cookie',
    tried: 'Somebody has copied your cookie. You sign out; then the copy is used.',
    elsewhere:
      'Where the session is in the cookie itself, signing out removes it from your browser. The copy goes on working.',
    action: html`<form method="post" action="/attacks/copied-cookie">
          ${csrfField}
          <button>Sign out, then use the copied cookie</button>
        </form>`,
    answer: copiedCookie,
  })
}

/** Switched on by the script, as it cannot be done without one. */
function twentyClicks(): Html {
  return attack({
    id: 'twenty-clicks',
    title: 'Twenty clicks at once',
    tried: 'Twenty requests overlap, and each adds one to a number in your session.',
    elsewhere:
      "Each loads the session, and writes it back whole. The last one wins, and the others' clicks are lost.",
    action: html`<button type="button" data-clicks="20" disabled>Click twenty times</button>
        <noscript><p class="soft">This one needs JavaScript.</p></noscript>`,
  })
}

interface Attack {
  readonly id: string
  readonly title: string
  readonly tried: string
  readonly elsewhere: string
  readonly action: Html
  readonly answer?: Answer | null
}

function attack({ id, title, tried, elsewhere, action, answer }: Attack): Html {
  return html`<section class="card" id="${id}" aria-labelledby="${id}-title">
        <h2 id="${id}-title">${title}</h2>
        <dl>
          <dt>Tried</dt>
          <dd>${tried}</dd>
          <dt>Elsewhere</dt>
          <dd>${elsewhere}</dd>
        </dl>
        ${action}
        <p class="answer" role="status">${answer ? html`<strong>${answer.verdict}</strong>: ${answer.explanation}` : ''}</p>
      </section>`
}
