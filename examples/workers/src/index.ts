import { requireOwner, session } from '@gravito/orbit'
import { durableObjectStore, type SessionNamespace } from '@gravito/orbit/cloudflare'
import { Hono } from 'hono'
import { html } from 'hono/html'

// wrangler needs the class of the Durable Object in the main file.
export { SessionObject } from '@gravito/orbit/cloudflare'

/** The bindings from wrangler.jsonc and `wrangler secret put`. `npx wrangler types` can generate this type. */
interface Bindings {
  readonly SESSIONS: SessionNamespace
  readonly APP_KEY: string
}

const app = new Hono<{ Bindings: Bindings }>()

// With D1: store: (c) => d1Store(c.env.DB)
app.use(session({ store: (c) => durableObjectStore(c.env.SESSIONS) }))

app.get('/', (c) => {
  const session = c.get('session')
  const message = session.getFlash<string | null>('message', null)
  const { userId } = session
  return c.html(html`<!doctype html>
    <title>Sessions on Cloudflare Workers</title>
    ${message ? html`<p>${message}</p>` : ''}
    ${
      userId === undefined
        ? html`<form method="post" action="/login">
            ${c.get('csrf').field()}
            <label>Name <input name="name" required></label>
            <button>Sign in</button>
          </form>`
        : html`<p>Signed in as ${userId}. Pages viewed: ${session.increment('pages')}.</p>
          <form method="post" action="/logout">${c.get('csrf').field()}<button>Sign out</button></form>`
    }`)
})

app.post('/login', async (c) => {
  const { name } = await c.req.parseBody()
  if (typeof name !== 'string' || name === '') return c.redirect('/', 303)
  // Your app checks a password here.
  c.get('session').signIn(name)
  c.get('session').flash('message', `Welcome, ${name}!`)
  return c.redirect('/', 303)
})

app.post('/logout', (c) => {
  c.get('session').signOut()
  c.get('session').flash('message', 'You are signed out.')
  return c.redirect('/', 303)
})

app.get('/me', requireOwner(), (c) => c.json({ userId: c.get('session').userId }))

export default app
