import { html } from 'hono/html'
import { MAX_ITEM_LENGTH, MAX_ITEMS } from '../cart.ts'
import { described, errorsOf } from './field.ts'
import type { Frame } from './frame.ts'
import { type Html, layout } from './layout.ts'

export function cartPage(frame: Frame, items: readonly string[]): Html {
  return layout(frame, {
    title: 'Cart',
    lede: `Two ways to send the CSRF token. The cart holds up to ${MAX_ITEMS} items and keeps them when you sign in.`,
    source: 'src/controllers/CartController.ts',
    script: 'cart.js',
    content: html`<div class="pair">
        ${withForm(frame)}
        ${withFetch()}
      </div>
      <section class="stack" aria-labelledby="in-the-cart">
        <h2 id="in-the-cart">In the cart</h2>
        <ul class="lines" aria-label="Items">${items.map((item) => html`<li>${item}</li>`)}</ul>
        <p class="soft" id="nothing" ${items.length > 0 ? 'hidden' : ''}>No items yet.</p>
        <form method="post" action="/cart/empty">
          ${frame.csrfField}
          <button class="quiet">Empty the cart</button>
        </form>
      </section>`,
  })
}

function withForm(frame: Frame): Html {
  return html`<form class="card" method="post" action="/cart">
          ${frame.csrfField}
          <h2>A plain form</h2>
          <p class="soft">The token is in a hidden field. The form works without JavaScript.</p>
          <label for="item">Item</label>
          <input id="item" name="item" value="${frame.old('item')}" maxlength="${MAX_ITEM_LENGTH}" autocomplete="off" ${described(frame, 'item')}>
          ${errorsOf(frame, 'item')}
          <button>Add with a form</button>
        </form>`
}

/** The form needs JavaScript, so it is disabled until the script has run. */
function withFetch(): Html {
  return html`<form class="card" data-add-with-fetch>
          <h2>With <code>fetch</code></h2>
          <p class="soft">The script reads the token from a cookie and sends it in a header. The page does not reload.</p>
          <noscript><p class="soft">This form needs JavaScript.</p></noscript>
          <fieldset disabled>
            <label for="fetch-item">Item for fetch</label>
            <input id="fetch-item" name="item" maxlength="${MAX_ITEM_LENGTH}" autocomplete="off">
            <button>Add with fetch</button>
          </fieldset>
          <p class="answer" role="status"></p>
        </form>`
}
