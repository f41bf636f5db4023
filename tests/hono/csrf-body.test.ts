import { session } from '@gravito/orbit'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { Client, isOverHttp } from './client.ts'
import { encoded, formed, multipart, reasonOf, urlencoded } from './forms.ts'
import { secret, signedIn } from './setting.ts'

describe('the handler can still read the body (R21)', () => {
  it('as text, byte by byte', async () => {
    const ada = await signedIn(formed().client())
    const body = `_token=${ada.token}&x=%00+\u00e9`

    const text = await ada.send('POST', '/text', { body, headers: { 'Content-Type': urlencoded } })
    expect(await text.text()).toBe(body)
    const raw = await ada.send('POST', '/raw', { body, headers: { 'Content-Type': urlencoded } })
    expect(await raw.json()).toEqual([...Buffer.from(body)])
  })

  it('as a file with its name, type and content', async () => {
    const ada = await signedIn(formed().client())
    const file = new File(['content of the file'], 'näme.pdf', { type: 'application/pdf' })
    const body = multipart({ _token: ada.token, file })

    const response = await ada.send('POST', '/file', { body })

    expect(await response.json()).toEqual(['näme.pdf', 'application/pdf', 'content of the file'])
  })

  it('where it is too large to search and only reported', async () => {
    const world = formed({ maxFormBytes: 100, reportOnly: true })
    const ada = await signedIn(world.client())
    const body = `x=${'y'.repeat(5000)}&_token=${ada.token}`
    world.happened()

    const response = await ada.send('POST', '/text', {
      body,
      headers: { 'Content-Type': urlencoded },
    })

    expect(await response.text()).toBe(body)
    expect(world.events).toMatchObject([
      { type: 'csrf:refused', reason: 'missing', reportOnly: true },
    ])
  })

  it('where it comes in pieces, of a length not said, and is too large to search', async () => {
    const world = formed({ maxFormBytes: 100, reportOnly: true })
    const ada = await signedIn(world.client())
    const parts = Array.from({ length: 50 }, (_, i) => Buffer.from(`part${i}=${'y'.repeat(40)}&`))
    const whole = Buffer.concat(parts).toString()
    const body = new ReadableStream({
      pull(controller) {
        const part = parts.shift()
        if (part) controller.enqueue(part)
        else controller.close()
      },
    })

    const response = await ada.send('POST', '/text', {
      body,
      headers: { 'Content-Type': urlencoded },
    })

    expect(await response.text()).toBe(whole)
  })

  it('where a multipart body cannot be parsed and is only reported', async () => {
    const ada = await signedIn(formed({ reportOnly: true }).client())
    const headers = { 'Content-Type': 'multipart/form-data; boundary=x' }

    const response = await ada.send('POST', '/text', { body: 'rubbish', headers })

    expect(await response.text()).toBe('rubbish')
  })

  it('or leave it unread', async () => {
    const ada = await signedIn(formed().client())
    const body = new URLSearchParams({ _token: ada.token })

    expect(await (await ada.send('POST', '/unread', { body })).text()).toBe('unread')
  })

  it('and its headers and signal are still those of the request', async () => {
    const world = formed()
    const ada = await signedIn(world.client())
    const response = await world.answer(
      ada,
      (_, c) => c.json([c.req.method, c.req.path, c.req.header('X-Own'), c.req.query('q')]),
      {
        body: new URLSearchParams({ _token: ada.token }),
        headers: { 'X-Own': '1', 'X-CSRF-Token': '' },
      },
    )

    expect(await response.json()).toEqual(['POST', '/work', '1', undefined].map((x) => x ?? null))
  })
})

describe('a form above maxFormBytes (R21)', () => {
  const body = (token: string, bytes: number) => `_token=${token}&pad=`.padEnd(bytes, 'x')

  it('is searched up to the limit exactly', async () => {
    const ada = await signedIn(formed({ maxFormBytes: 1000 }).client())

    expect(await reasonOf(await encoded(ada, body(ada.token, 1000)))).toBe('passed')
    expect(await reasonOf(await encoded(ada, body(ada.token, 1001)))).toBe('missing')
  })

  it('is searched to 1 MiB by default', async () => {
    const ada = await signedIn(formed().client())

    expect(await reasonOf(await encoded(ada, body(ada.token, 1024 * 1024)))).toBe('passed')
    expect(await reasonOf(await encoded(ada, body(ada.token, 1024 * 1024 + 1)))).toBe('missing')
  })

  it('passes with the token in a header, whatever its size', async () => {
    const ada = await signedIn(formed({ maxFormBytes: 10 }).client())
    const response = await ada.post('/text', {
      body: 'x'.repeat(5000),
      headers: { 'Content-Type': urlencoded },
    })

    expect((await response.text()).length).toBe(5000)
  })

  it('is missing a token whatever its Content-Length says', async ({ skip }) => {
    skip(isOverHttp, 'a server hands on as many bytes as were announced')
    const ada = await signedIn(formed({ maxFormBytes: 1000 }).client())
    for (const length of ['10', '-1', 'x', '1e9']) {
      const headers = { 'Content-Type': urlencoded, 'Content-Length': length }
      const response = await ada.send('POST', '/form', { body: body(ada.token, 2000), headers })
      expect(await reasonOf(response), length).toBe('missing')
    }
  })
})

it('a middleware before the session that reads the form does not make a 500 of it', async () => {
  const app = new Hono()
  app.use(async (c, next) => {
    if (c.req.method === 'POST') await c.req.parseBody()
    await next()
  })
  app.use(session({ secret }))
  app.get('/', (c) => c.text(c.get('session').id()))
  app.post('/', async (c) => c.json(await c.req.parseBody()))
  const client = new Client(app)
  await client.get('/')
  const body = new URLSearchParams({ _token: client.token, name: 'Ada' })

  const response = await client.send('POST', '/', { body })

  expect([200, 403]).toContain(response.status)
  const headers = { 'X-CSRF-Token': client.token }
  const second = await client.send('POST', '/', {
    body: new URLSearchParams({ name: 'Ada' }),
    headers,
  })
  expect(await second.json()).toEqual({ name: 'Ada' })
})
