import { html } from 'hono/html'
import { type Html, head } from './layout.ts'

/** The page of an attacker, under another host name than the demo's. */
export function elsewherePage(host: string, target: string): Html {
  return html`<!doctype html>
<html lang="en">
  <head>
    ${head('Another site')}
  </head>
  <body class="elsewhere">
    <main>
      <h1>Another site</h1>
      <p class="lede">You have left the demo. This page is at <code>${host}</code>. Your browser treats it
        as another site than <code>${target}</code>, although the same server serves both.</p>
      <form class="card" method="post" action="${target}/cart">
        <p>This form posts an item to your cart in the demo.</p>
        <input type="hidden" name="item" value="An item from another site">
        <div class="row">
          <button>Post to the cart</button>
          <a class="button quiet" href="${target}/attacks">Back to the demo</a>
        </div>
      </form>
    </main>
  </body>
</html>`
}
