import type { Context } from 'hono'
import type { HtmlEscapedString } from 'hono/utils/html'

/** The data that every page shows around its content, and that its forms need. */
export interface Frame {
  readonly path: string
  readonly userId: string | null
  /** A hidden input with the CSRF token. */
  readonly csrfField: HtmlEscapedString
  /** The flash messages of the previous request. */
  readonly success: string | null
  readonly error: string | null
  /** What the user entered into a field of the refused form. Empty if there is none. */
  readonly old: (name: string) => string
  /** The error messages of a field. */
  readonly errors: (name: string) => readonly string[]
}

export function frameOf(c: Context): Frame {
  const session = c.get('session')
  return {
    path: c.req.path,
    userId: session.get<string | null>('userId', null),
    csrfField: c.get('csrf').field(),
    success: session.getFlash<string | null>('success', null),
    error: session.getFlash<string | null>('error', null),
    old: (name) => session.old(name, ''),
    errors: (name) => session.errors(name),
  }
}
