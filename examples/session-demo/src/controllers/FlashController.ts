import type { Context } from 'hono'

export class FlashController {
  index(c: Context) {
    const session = c.get('session')
    const message = session.getFlash<string | null>('success', null)
    return c.json({ message })
  }
}
