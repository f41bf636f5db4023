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
    lede: 'What the server stores about you. Your browser has only a signed session id and a CSRF token.',
    source: 'src/controllers/ProfileController.ts',
    content: html`<div class="card">
        <dl>
          <dt>Name</dt>
          <dd>${name}</dd>
          <dt>Session</dt>
          <dd><code>${handle}</code>
            <p class="soft">The public handle of your session, which is safe to log. The secret id is only in the cookie.</p></dd>
          <dt>Ends</dt>
          <dd><time datetime="${expiresAt.toISOString()}">${inWords(expiresAt, now)}</time>, if you open no other page
            <p class="soft">Each page that you open extends the session.</p></dd>
        </dl>
      </div>`,
  })
}
