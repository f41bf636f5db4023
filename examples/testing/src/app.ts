import { type SessionOptions, session } from '@gravito/orbit'
import { Hono } from 'hono'

/** The users of the shop: names and passwords. A real app stores password hashes in a database. */
const users = new Map([
  ['ada', 'analytical'],
  ['bob', 'builder'],
])

/**
 * Creates the shop. Each test creates a separate app with its own store and clock. In production, the entry
 * module calls this function once, with the options for production.
 */
export function makeApp(options: SessionOptions = {}) {
  return new Hono()
    .use(session(options))
    .get('/login', (c) => c.html(`<form method="post">${c.get('csrf').field()} …</form>`))
    .post('/login', async (c) => {
      const { name, password } = await c.req.parseBody()
      if (typeof name !== 'string' || users.get(name) !== password) {
        c.get('session').flash('error', 'Wrong name or password')
        return c.redirect('/login', 303)
      }
      c.get('session').signIn(name)
      c.get('session').flash('success', `Hello, ${name}`)
      return c.redirect('/account', 303)
    })
    .post('/logout', (c) => {
      c.get('session').signOut()
      return c.redirect('/login', 303)
    })
    .get('/account', (c) => {
      const session = c.get('session')
      if (session.userId === undefined) return c.redirect('/login', 303)
      return c.json({ name: session.userId, message: session.getFlash('success', null) })
    })
    .get('/cart', (c) => c.json({ items: c.get('session').get<string[]>('cart', []) }))
    .post('/cart/:sku', (c) => {
      c.get('session').push<string>('cart', c.req.param('sku'))
      return c.json({ items: c.get('session').get<string[]>('cart', []) })
    })
    .post('/coupon', async (c) => c.json({ won: await c.get('session').claim('coupon') }))
    .post('/devices/end-others', async (c) => {
      const { userId } = c.get('session')
      if (userId === undefined) return c.json({ ended: 0 }, 401)
      return c.json({ ended: await c.get('sessions').of(userId).endOthers() })
    })
}
