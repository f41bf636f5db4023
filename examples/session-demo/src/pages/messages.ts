import { html } from 'hono/html'
import { described, errorsOf } from './field.ts'
import type { Frame } from './frame.ts'
import { type Html, layout } from './layout.ts'

export const MAX_MESSAGE_LENGTH = 200

export function messagesPage(frame: Frame): Html {
  return layout(frame, {
    title: 'Messages',
    lede: 'A flash message is shown on the next page only. Reload, and it is gone.',
    source: 'src/controllers/MessageController.ts',
    content: html`<form class="card" method="post" action="/messages">
        ${frame.csrfField}
        <label for="message">Message</label>
        <div class="row">
          <input id="message" name="message" value="${frame.old('message')}" maxlength="${MAX_MESSAGE_LENGTH}" autocomplete="off" ${described(frame, 'message')}>
          <button>Flash it</button>
        </div>
        ${errorsOf(frame, 'message')}
        <p class="soft">The answer to this form is a redirect. The page after it shows the message.</p>
      </form>`,
  })
}
