import { html } from 'hono/html'
import type { Frame } from './frame.ts'
import { type Html, layout } from './layout.ts'

export interface Attacks {
  readonly strangersToken: string
  /** The origin with the other loopback name. Undefined if the demo does not run on one. */
  readonly otherSite: string | undefined
  /** The result for the copied cookie, if that was just tried. */
  readonly copiedCookie: Answer | null
}

export interface Answer {
  readonly verdict: string
  readonly explanation: string
}

export function attacksPage(frame: Frame, attacks: Attacks): Html {
  return layout(frame, {
    title: 'Try to attack me',
    lede: "Five attacks that work elsewhere. Each button sends real requests and shows the server's response.",
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
      'A form without the hidden field adds an item to your cart. Anyone can write such a form.',
    elsewhere: 'Without a check the item is in the cart, and the next form changes your address.',
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
    tried: 'The form has a real token, which this server has just created for another session.',
    elsewhere: 'If a token only has to be signed, the attacker uses one from their own session.',
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
    tried: 'A page on another site has a form that posts to your cart. The link opens such a page.',
    elsewhere:
      'The browser sends the post. If the cookie is SameSite=None, it sends your session too.',
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
    tried: 'An attacker has copied your cookie. You sign out, and then the copy is used.',
    elsewhere:
      'If the session is in the cookie itself, signing out only removes it from your browser. The copy still works.',
    action: html`<form method="post" action="/attacks/copied-cookie">
          ${csrfField}
          <button>Sign out, then use the copied cookie</button>
        </form>`,
    answer: copiedCookie,
  })
}

/** The script enables it, because it needs a script. */
function twentyClicks(): Html {
  return attack({
    id: 'twenty-clicks',
    title: 'Twenty clicks at once',
    tried: 'Twenty requests overlap, and each adds one to a number in your session.',
    elsewhere:
      'Each request loads the session and writes all of it back. The last one wins, and the other clicks are lost.',
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
