import type { SignInOptions } from '@gravito/orbit'
import type { Context } from 'hono'

const DAY = 24 * 60 * 60

/** The longest possible sign-in: `maxAbsoluteTimeoutSeconds`. */
export const REMEMBERED_SECONDS = 30 * DAY

/**
 * For users who check "remember me", and for all others, whose browser deletes the cookie when it
 * is closed.
 */
export function optionsOfSignIn(isRemembered: boolean): SignInOptions {
  if (!isRemembered) return { persistent: false }
  return { idleTimeoutSeconds: 14 * DAY, absoluteTimeoutSeconds: REMEMBERED_SECONDS }
}

/** For users who are not signed in any more, or not yet. */
export function askToSignIn(c: Context): Response {
  const session = c.get('session')
  const isEnded = session.endedBecause === 'ended'
  session.flash('error', isEnded ? 'This device has been signed out.' : 'Sign in first.')
  return c.redirect('/', 303)
}
