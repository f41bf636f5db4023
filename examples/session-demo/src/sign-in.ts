import type { SignInOptions } from '@gravito/orbit'
import type { Context } from 'hono'

const DAY = 24 * 60 * 60

/** The longest time that a user stays signed in: `maxAbsoluteTimeoutSeconds`. */
export const REMEMBERED_SECONDS = 30 * DAY

/** With "remember me", the cookie stays for 30 days. Otherwise, the browser deletes the cookie when it closes. */
export function optionsOfSignIn(isRemembered: boolean): SignInOptions {
  if (!isRemembered) return { persistent: false }
  return { idleTimeoutSeconds: 14 * DAY, absoluteTimeoutSeconds: REMEMBERED_SECONDS }
}

/** Redirects users who are not signed in to the start page, with a message. */
export function askToSignIn(c: Context): Response {
  const session = c.get('session')
  const isEnded = session.endedBecause === 'ended'
  session.flash('error', isEnded ? 'This device has been signed out.' : 'Sign in first.')
  return c.redirect('/', 303)
}
