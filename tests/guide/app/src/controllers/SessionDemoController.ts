import type { Context } from 'hono'

export class SessionDemoController {
  index(c: Context) {
    const session = c.get('session')
    const userId = session.get<string | null>('userId', null)
    return c.json({ userId })
  }

  login(c: Context) {
    const session = c.get('session')
    session.regenerate()
    session.put('userId', 'user_123')
    session.flash('success', 'Logged in')
    return c.json({ ok: true })
  }

  logout(c: Context) {
    const session = c.get('session')
    session.invalidate()
    return c.json({ ok: true })
  }
}
