import { Hono } from 'hono'
import { hc } from 'hono/client'
import { describe, expect, it } from 'vitest'
import { memoryStore, session } from '../../index.ts'
import { testClient } from './create.ts'

/** An app whose pages report their requests, and a page that redirects as its query says. */
function redirecting() {
  const app = new Hono()
  app.use(session({ store: memoryStore() }))
  app.all('/to', (c) => {
    const { status = '303', to } = c.req.query()
    if (to !== undefined) c.header('Location', to)
    return new Response(null, { status: Number(status), headers: c.res.headers })
  })
  app.get('/a/b/c', (c) => c.redirect('../d?x=1'))
  app.all('/loop', (c) => c.redirect('/loop?again', 307))
  app.all('*', async (c) => {
    const { method, path } = c.req
    const headers = c.req.header()
    return c.json({
      asked: `${method} ${path}`,
      type: headers['content-type'],
      accept: headers.accept,
      body: await c.req.text(),
    })
  })
  return app
}

const form = { a: '1' }

async function asked(response: Promise<Response>) {
  const { asked, body } = await (await response).json()
  return body === '' ? asked : `${asked} ${body}`
}

describe('follow', () => {
  it.each([
    [303, 'POST', 'GET /page'],
    [303, 'PUT', 'GET /page'],
    [302, 'POST', 'GET /page'],
    [301, 'POST', 'GET /page'],
    [302, 'PUT', 'PUT /page a=1'],
    [307, 'POST', 'POST /page a=1'],
    [308, 'PATCH', 'PATCH /page a=1'],
    [303, 'GET', 'GET /page'],
    [307, 'GET', 'GET /page'],
  ])('after a %d to a %s sends %s', async (status, method, expected) => {
    const client = testClient(redirecting())
    const message = method === 'GET' ? {} : { form }

    const response = client.send(method, `/to?status=${status}&to=/page`, message)

    expect(await asked(client.follow(response))).toBe(expected)
  })

  it('keeps a HEAD after a 303', async () => {
    const methods: string[] = []
    const app = new Hono().all('*', (c) => {
      methods.push(c.req.method)
      return c.req.path === '/page' ? c.text('') : c.redirect('/page', 303)
    })
    const client = testClient(app)

    await client.follow(client.send('HEAD', '/to'))

    expect(methods).toEqual(['HEAD', 'HEAD'])
  })

  it('keeps the headers, without those of a dropped body', async () => {
    const client = testClient(redirecting())
    const headers = { Accept: 'text/html', 'Content-Type': 'text/csv' }

    const response = client.post('/to?to=/page', { body: 'a;b', headers })

    expect(await (await client.follow(response)).json()).toEqual({
      asked: 'GET /page',
      accept: 'text/html',
      body: '',
    })
  })

  it('follows several redirects, also relative ones', async () => {
    const client = testClient(redirecting())

    const path = encodeURIComponent('/to?to=page')
    expect(await asked(client.follow(client.post(`/to?to=${path}`)))).toBe('GET /page')
    expect(await asked(client.follow(client.get('/a/b/c')))).toBe('GET /a/d')
  })

  it('sends the cookies that the redirect has set', async () => {
    const app = new Hono().use(session({ store: memoryStore() }))
    app.post('/login', (c) => {
      c.get('session').signIn('ada')
      c.get('session').flash('success', 'Hello')
      return c.redirect('/', 303)
    })
    app.get('/', (c) =>
      c.text(`${c.get('session').userId} ${c.get('session').getFlash('success')}`),
    )
    const client = testClient(app)

    const page = await client.follow(client.post('/login'))

    expect(await page.text()).toBe('ada Hello')
  })

  it.each([
    ['no redirect', '/page'],
    ['a redirect to another origin', '/to?to=https://provider.example/authorize'],
    ['a redirect to another port', '/to?to=//localhost:8080/'],
    ['a redirect to no address', '/to'],
    ['a redirect to an invalid URL', `/to?to=${encodeURIComponent('http://')}`],
    ['a 304', '/to?status=304&to=/page'],
  ])('returns %s unchanged', async (_, path) => {
    const client = testClient(redirecting())
    const response = await client.get(path)

    expect(await client.follow(response)).toBe(response)
  })

  it('stops after twenty redirects', async () => {
    const client = testClient(redirecting())

    const end = client.follow(client.post('/loop', { form }))

    await expect(end).rejects.toThrow(/followed 20 redirects, and POST \/loop leads to \/loop\./)
  })

  it('cannot send a stream again', async () => {
    const client = testClient(redirecting())
    const response = await client.post('/to?status=307&to=/page', {
      body: new Blob(['x']).stream(),
    })

    await expect(client.follow(response)).rejects.toThrow(/redirected with 307.*was a stream/)
  })

  it('refuses a response that is not from a test client', async () => {
    const client = testClient(redirecting())

    await expect(client.follow(new Response())).rejects.toThrow(TypeError)
    // A copy of the client may follow it.
    const response = await client.get('/to?to=/page')
    expect(await asked(client.copy().follow(response))).toBe('GET /page')
  })
})

describe('fetch of a test client', () => {
  it('accepts the arguments of fetch, and sends cookies and token', async () => {
    const app = redirecting()
    const { fetch } = await testClient(app).actingAs('ada')
    const body = '{"a":1}'
    const init = { method: 'POST', body, headers: [['Content-Type', 'application/json']] }

    const answers = [
      await Reflect.apply(fetch, undefined, ['/page', init]),
      await fetch('http://localhost/page', { method: 'POST', body }),
      await fetch(new URL('http://localhost/page'), { method: 'post', body: new Blob([body]) }),
      await fetch(new Request('http://localhost/page', { method: 'POST', body })),
      await fetch(new Request('http://localhost/page'), { method: 'POST', body }),
    ]

    for (const answer of answers) {
      expect(answer.status).toBe(200)
      expect(await answer.json()).toMatchObject({ asked: 'POST /page', body })
    }
    expect(await asked(fetch('/page'))).toBe('GET /page')
  })

  it('follows redirects, unless the option says otherwise', async () => {
    const { fetch } = testClient(redirecting())

    expect(await asked(fetch('/to?to=/page', { method: 'POST' }))).toBe('GET /page')
    expect((await fetch('/to?to=/page', { redirect: 'manual' })).status).toBe(303)
    const manual = new Request('http://localhost/to?to=/page', { redirect: 'manual' })
    expect((await fetch(manual)).status).toBe(303)
    await expect(fetch('/to?to=/page', { redirect: 'error' })).rejects.toThrow('was redirected')
    expect((await fetch('/page', { redirect: 'error' })).status).toBe(200)
  })

  it('can be aborted with a signal', async () => {
    const app = new Hono().get('/', (c) => c.json(c.req.raw.signal.aborted))
    const { fetch } = testClient(app)
    const signal = AbortSignal.abort()

    expect(await (await fetch('/', { signal })).json()).toBe(true)
    const request = new Request('http://localhost/', { signal })
    expect(await (await fetch(request)).json()).toBe(true)
  })

  it('sends no token if a header says so', async () => {
    const { fetch } = await testClient(redirecting()).actingAs('ada')
    const headers = new Headers({ 'X-XSRF-TOKEN': '' })

    expect((await fetch('/page', { method: 'POST', headers })).status).toBe(403)
  })

  it('refuses another origin, and says how to set it', async () => {
    const { fetch } = testClient(redirecting())

    await expect(fetch('https://app.example/me')).rejects.toThrow(
      "testClient(app, { origin: 'https://app.example' })",
    )
  })

  it("works as fetch of Hono's own client", async () => {
    const app = new Hono()
      .use(session({ store: memoryStore() }))
      .get('/me', (c) => c.json({ userId: String(c.get('session').userId) }))
      .post('/add', (c) => c.json({ added: c.get('session').increment('added') }))
    const client = await testClient(app).actingAs('ada')
    const api = hc<typeof app>('http://localhost', { fetch: client.fetch })

    const { userId } = await (await api.me.$get()).json()
    const { added } = await (await api.add.$post()).json()

    expect([userId, added]).toEqual(['ada', 1])
  })
})
