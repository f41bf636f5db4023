import { html } from 'hono/html'
import { described, errorsOf } from './field.ts'
import type { Frame } from './frame.ts'
import { type Html, layout } from './layout.ts'

export const MAX_MESSAGE_LENGTH = 200

export function messagesPage(frame: Frame): Html {
  return layout(frame, {
    title: 'Messages',
    lede: 'A flash message is shown on the next page only. If you reload that page, it disappears.',
    source: 'src/controllers/MessageController.ts',
    content: html`<form class="card" method="post" action="/messages">
        ${frame.csrfField}
        <label for="message">Message</label>
        <div class="row">
          <input id="message" name="message" value="${frame.old('message')}" maxlength="${MAX_MESSAGE_LENGTH}" autocomplete="off" ${described(frame, 'message')}>
          <button>Flash the message</button>
        </div>
        ${errorsOf(frame, 'message')}
        <p class="soft">The server responds to this form with a redirect. The next page shows the message.</p>
      </form>`,
  })
}
