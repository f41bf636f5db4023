import type { Context } from 'hono'
import { frameOf } from '../pages/frame.ts'
import { profilePage } from '../pages/profile.ts'

export class ProfileController {
  page(c: Context) {
    const session = c.get('session')
    const name = session.get<string | null>('userId', null)
    const expiresAt = session.expiresAt()
    if (name === null || expiresAt === undefined) {
      session.flash('error', 'Sign in first.')
      return c.redirect('/', 303)
    }
    return c.html(
      profilePage(frameOf(c), { name, handle: session.id(), expiresAt, now: new Date() }),
    )
  }
}
