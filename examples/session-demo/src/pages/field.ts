import { html, raw } from 'hono/html'
import type { Frame } from './frame.ts'
import type { Html } from './layout.ts'

/** What is wrong with a field, under an id that the field points to. Nothing, if nothing is. */
export function errorsOf({ errors }: Frame, name: string): Html | '' {
  const messages = errors(name)
  if (messages.length === 0) return ''
  return html`<p class="answer wrong" role="alert" id="${name}-errors">${messages.join(' ')}</p>`
}

/** For the field: what describes it, and whether it is wrong. */
export function described({ errors }: Frame, name: string, ...others: readonly string[]): Html {
  const ids = [...others, `${name}-errors`].join(' ')
  const invalid = errors(name).length > 0 ? raw(' aria-invalid="true"') : ''
  return html`aria-describedby="${ids}"${invalid}`
}
