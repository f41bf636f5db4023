import type { Context } from 'hono'

export class CsrfController {
  token(c: Context) {
    const csrf = c.get('csrf')
    return c.json({ token: csrf.token() })
  }
}
