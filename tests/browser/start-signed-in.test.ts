import { memoryStore, type SessionOptions, session } from '@gravito/orbit'
import { testClient } from '@gravito/orbit/testing'
import { Hono } from 'hono'
import { html } from 'hono/html'
import { afterEach, expect, it } from 'vitest'
import { type RunningServer, serve } from '../hono/server.ts'
import { useChromium } from './chromium.ts'

const chromium = useChromium()
let server: RunningServer | undefined

afterEach(async () => {
  await server?.close()
  server = undefined
})

function appWith(options: SessionOptions): Hono {
  const app = new Hono()
  app.use(session({ store: memoryStore(), ...options }))
  app.get('/favicon.ico', (c) => c.body(null, 204))
  app.get('*', (c) => {
    const session = c.get('session')
    return c.html(html`<!doctype html>
      <title>App</title>
      <h1>${session.userId ?? 'nobody'}</h1>
      <p>${session.get('added', 0)} added, ${session.getFlash('success', 'no message')}</p>
      <form method="post">${c.get('csrf').field()}<button>Add</button></form>
      <button id="script">Add by script</button>
      <script>
        script.onclick = async () => {
          const token = /(?:^|; )XSRF-TOKEN=([^;]+)/.exec(document.cookie)?.[1] ?? 'none'
          await fetch('', { method: 'POST', headers: { 'X-CSRF-Token': token } })
          location.reload()
        }
      </script>`)
  })
  app.post('*', (c) => {
    c.get('session').increment('added')
    return c.redirect(c.req.path, 303)
  })
  return app
}

it.each<[string, SessionOptions, path: string]>([
  ['the cookies of a default app', {}, '/'],
  ['cookies that are Secure and prefixed', { cookie: { secure: true } }, '/'],
  [
    'cookies with a path, for one window',
    { cookie: { path: '/shop', expireOnClose: true } },
    '/shop',
  ],
])('a browser starts signed in, with %s', async (_, options, path) => {
  const app = appWith(options)
  server = await serve(app)
  const origin = `http://localhost:${server.port}`
  const client = await testClient(app, { origin }).actingAs('ada', {
    data: { added: 1 },
    flash: { success: 'welcome' },
  })

  const person = await chromium.person({ storageState: client.storageState() })
  const page = await person.newPage()
  await page.goto(origin + path)

  expect(await page.locator('h1').textContent()).toBe('ada')
  expect(await page.locator('p').textContent()).toBe('1 added, welcome')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByText('2 added, no message').waitFor()
  await page.getByRole('button', { name: 'Add by script' }).click()
  await page.getByText('3 added').waitFor()
  expect((await client.session())?.data).toEqual({ added: 3, userId: 'ada' })
})
