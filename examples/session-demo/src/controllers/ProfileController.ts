import type { Context } from 'hono'
import { frameOf } from '../pages/frame.ts'
import { profilePage } from '../pages/profile.ts'
import { askToSignIn } from '../sign-in.ts'

export class ProfileController {
  page(c: Context) {
    const session = c.get('session')
    const name = session.get<string | null>('userId', null)
    const expiresAt = session.expiresAt()
    if (name === null || expiresAt === undefined) return askToSignIn(c)
    return c.html(
      profilePage(frameOf(c), { name, handle: session.id(), expiresAt, now: new Date() }),
    )
  }
}
