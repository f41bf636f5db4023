import { html } from 'hono/html'
import type { Frame } from './frame.ts'
import { type Html, layout } from './layout.ts'
import { inWords } from './time.ts'

export interface Profile {
  readonly name: string
  readonly handle: string
  readonly expiresAt: Date
  readonly now: Date
}

export function profilePage(frame: Frame, { name, handle, expiresAt, now }: Profile): Html {
  return layout(frame, {
    title: 'Profile',
    lede: 'What the server knows about you. Your browser has a signed id, and a token for its forms.',
    source: 'src/controllers/ProfileController.ts',
    content: html`<div class="card">
        <dl>
          <dt>Name</dt>
          <dd>${name}</dd>
          <dt>Session</dt>
          <dd><code>${handle}</code>
            <p class="soft">Its public handle, safe to log. The id itself is in the cookie only.</p></dd>
          <dt>Ends</dt>
          <dd><time datetime="${expiresAt.toISOString()}">${inWords(expiresAt, now)}</time>, if nobody uses it
            <p class="soft">Each page that you open moves that further away.</p></dd>
        </dl>
      </div>`,
  })
}
