// An app with streamed pages: a Suspense sends the form of a page after its frame.

import { session } from '@gravito/orbit'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { raw } from 'hono/html'
import { jsx } from 'hono/jsx'
import { Suspense } from 'hono/jsx/streaming'
import { jsxRenderer } from 'hono/jsx-renderer'

const app = new Hono()
/** What the forms wait for. */
const waiting = new Set()

app.get('/favicon.ico', (c) => c.body(null, 204))
// Only for the test, not for users.
app.put('/go', (c) => {
  for (const go of waiting) go()
  return c.body(null, 204)
})

app.use(session())
app.use(
  jsxRenderer(
    ({ children }) => jsx('html', {}, jsx('title', {}, 'App'), jsx('body', {}, children)),
    {
      stream: true,
    },
  ),
)

app.get('/used-before', (c) => {
  c.get('csrf').token()
  return c.render(form(c))
})
app.get('/first-use', (c) => c.render(form(c)))
app.post('/order', async (c) => {
  const { item } = await c.req.parseBody()
  c.get('session').put('item', item)
  return c.html(`<p>ordered ${item}</p>`)
})

serve({ fetch: app.fetch, port: Number(process.env.PORT) })

function form(c) {
  return jsx(Suspense, { fallback: jsx('p', {}, 'One moment') }, jsx(Form, { c }))
}

async function Form({ c }) {
  await new Promise((go) => waiting.add(go))
  return jsx(
    'form',
    { method: 'post', action: '/order' },
    raw(c.get('csrf').field()),
    jsx('label', {}, 'Item', jsx('input', { name: 'item' })),
    jsx('button', {}, 'Order'),
  )
}
