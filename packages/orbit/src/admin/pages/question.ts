import { html } from 'hono/html'
import type { OwnerId } from '../../session/owner.ts'
import type { AdminRequest } from '../request.ts'
import type { Frame, Html } from './layout.ts'
import { ownerText } from './parts.ts'

/** Asks for confirmation before several sessions, or the operator's own session, are ended. */
export interface Question {
  readonly title: string
  readonly text: string
  readonly subject?: OwnerId | undefined
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  readonly button: string
}

export function questionPage(_: AdminRequest, question: Question): (frame: Frame) => Html {
  const { title, text, subject, action, fields, button } = question
  return ({ base, tokens }) => html`<h2>${title}</h2>
      ${subject === undefined ? '' : html`<p>User: <strong>${ownerText(subject)}</strong></p>`}
      <p>${text}</p>
      <form method="post" action="${action}" class="row">
        ${tokens}
        ${Object.entries(fields).map(
          ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
        )}
        <button>${button}</button>
        <a class="button quiet" href="${base}">Cancel</a>
      </form>`
}
