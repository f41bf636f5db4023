import { html, raw } from 'hono/html'
import type { Frame } from './frame.ts'
import type { Html } from './layout.ts'

/** The error messages of a field, with an id for `aria-describedby`. Empty if there are none. */
export function errorsOf({ errors }: Frame, name: string): Html | '' {
  const messages = errors(name)
  if (messages.length === 0) return ''
  return html`<p class="answer wrong" role="alert" id="${name}-errors">${messages.join(' ')}</p>`
}

/** The attributes of the field: its description, and whether it is invalid. */
export function described({ errors }: Frame, name: string, ...others: readonly string[]): Html {
  const ids = [...others, `${name}-errors`].join(' ')
  const invalid = errors(name).length > 0 ? raw(' aria-invalid="true"') : ''
  return html`aria-describedby="${ids}"${invalid}`
}
