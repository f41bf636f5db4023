import { session } from '@gravito/orbit'
import { type Context, Hono } from 'hono'
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

  it('if it is too large to search and the refusal is only reported', async () => {
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
      { type: 'csrf:refused', reason: 'too-large', reportOnly: true },
    ])
  })

  it('if it is sent in chunks without a length, and is too large to search', async () => {
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

  it('if a multipart body cannot be parsed and the refusal is only reported', async () => {
    const ada = await signedIn(formed({ reportOnly: true }).client())
    const headers = { 'Content-Type': 'multipart/form-data; boundary=x' }

    const response = await ada.send('POST', '/text', { body: 'rubbish', headers })

    expect(await response.text()).toBe('rubbish')
  })

  it('or leave the body unread', async () => {
    const ada = await signedIn(formed().client())
    const body = new URLSearchParams({ _token: ada.token })

    expect(await (await ada.send('POST', '/unread', { body })).text()).toBe('unread')
  })

  it('and the headers and the signal are those of the original request', async () => {
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

/** A body with the given number of chunks, which counts how many of them were read. */
function counted(chunk: string, count: number) {
  let taken = 0
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (taken === count) return controller.close()
        taken += 1
        controller.enqueue(Buffer.from(chunk))
      },
    },
    { highWaterMark: 0 },
  )
  return { body, taken: () => taken }
}

describe.skipIf(isOverHttp)(
  'the token check reads only the part of the body that it needs (R21)',
  () => {
    const headers = { 'Content-Type': urlencoded }
    const kibibyte = 'a&'.repeat(512)

    it.each([
      ['without a cookie', {}],
      ['with a cookie that is not ours', { Cookie: 'session=s.made.up' }],
      ['without a cookie, with a token', { 'X-CSRF-Token': 'A'.repeat(43) }],
    ])('nothing, for a request %s', async (_, more: Record<string, string>) => {
      const { body, taken } = counted(kibibyte, 1024)

      const message = { body, headers: { ...headers, ...more } }
      const response = await formed().client().send('POST', '/form', message)

      expect(await reasonOf(response)).toBe('no-session')
      expect(taken()).toBe(0)
    })

    it.each([
      ['from another site', { 'Sec-Fetch-Site': 'cross-site' }, 'cross-site'],
      ['with a token in the header', { 'X-CSRF-Token': 'wrong' }, 'mismatch'],
      ['that is not a form', { 'Content-Type': 'application/json' }, 'missing'],
    ])('nothing, for a request %s', async (_, more: Record<string, string>, reason) => {
      const ada = await signedIn(formed().client())
      const { body, taken } = counted(kibibyte, 1024)

      const response = await ada.send('POST', '/form', { body, headers: { ...headers, ...more } })

      expect([await reasonOf(response), taken()]).toEqual([reason, 0])
    })

    it('64 KiB of a form, and one chunk to find out that there is more', async () => {
      const ada = await signedIn(formed().client())
      const { body, taken } = counted(kibibyte, 1024)

      const response = await ada.send('POST', '/form', { body, headers })

      expect([await reasonOf(response), taken()]).toEqual(['too-large', 65])
    })

    it('64 KiB of an upload, while the handler reads the rest as it arrives', async () => {
      const world = formed()
      let taken = 0
      let takenBefore = 0
      world.app.post('/upload', async (c) => {
        takenBefore = taken
        const { file: received } = await c.req.parseBody()
        return c.json(received instanceof File ? received.size : null)
      })
      const ada = await signedIn(world.client())
      const file = new File([new Uint8Array(3_000_000)], 'large.bin')
      const form = new Response(multipart({ _token: ada.token, file }))
      const type = { 'Content-Type': form.headers.get('Content-Type') ?? '' }
      const bytes = new Uint8Array(await form.arrayBuffer())
      const body = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            controller.enqueue(bytes.slice(taken, taken + 1024))
            taken += 1024
            if (taken >= bytes.length) controller.close()
          },
        },
        { highWaterMark: 0 },
      )

      const response = await ada.send('POST', '/upload', { body, headers: type })

      expect(await response.json()).toBe(3_000_000)
      expect(takenBefore).toBeLessThanOrEqual(66 * 1024)
    })
  },
)

describe('a form above maxFormBytes (R21)', () => {
  const first = (token: string, bytes: number) => `_token=${token}&pad=`.padEnd(bytes, 'x')
  const last = (token: string, bytes: number) => `&_token=${token}`.padStart(bytes, 'x')

  it('is searched up to exactly that limit', async () => {
    const ada = await signedIn(formed({ maxFormBytes: 1000 }).client())

    expect(await reasonOf(await encoded(ada, last(ada.token, 1000)))).toBe('passed')
    expect(await reasonOf(await encoded(ada, last(ada.token, 1001)))).toBe('too-large')
    expect(await reasonOf(await encoded(ada, `${last(ada.token, 1000)}&a=b`))).toBe('too-large')
    expect(await reasonOf(await encoded(ada, 'x'.repeat(1000)))).toBe('missing')
    expect(await reasonOf(await encoded(ada, 'x'.repeat(1001)))).toBe('too-large')
  })

  it('is searched up to 64 KiB by default', async () => {
    const ada = await signedIn(formed().client())

    expect(await reasonOf(await encoded(ada, last(ada.token, 65_536)))).toBe('passed')
    expect(await reasonOf(await encoded(ada, last(ada.token, 65_537)))).toBe('too-large')
  })

  it('passes if the token comes first, and reaches the handler complete', async () => {
    const ada = await signedIn(formed().client())
    const body = first(ada.token, 1_000_000)

    const response = await ada.send('POST', '/text', {
      body,
      headers: { 'Content-Type': urlencoded },
    })

    expect(await response.text()).toBe(body)
  })

  it('may be multipart: a token before the file counts, and a token after it does not', async () => {
    const ada = await signedIn(formed().client())
    const file = new File([new Uint8Array(3_000_000)], 'large.bin')
    const names = { _token: ada.token }

    const before = await ada.send('POST', '/file', { body: multipart({ ...names, file }) })
    expect(before.status).toBe(200)
    expect(((await before.json()) as string[])[2]).toHaveLength(3_000_000)
    const after = await ada.send('POST', '/file', { body: multipart({ file, ...names }) })
    expect(await reasonOf(after)).toBe('too-large')
  })

  it('passes if a header has the token, whatever its size', async () => {
    const ada = await signedIn(formed({ maxFormBytes: 10 }).client())
    const response = await ada.post('/text', {
      body: 'x'.repeat(5000),
      headers: { 'Content-Type': urlencoded },
    })

    expect((await response.text()).length).toBe(5000)
  })

  it('counts as too large, whatever its Content-Length says', async ({ skip }) => {
    skip(isOverHttp, 'a server hands on as many bytes as were announced')
    const ada = await signedIn(formed({ maxFormBytes: 1000 }).client())
    for (const length of ['10', '-1', 'x', '1e9']) {
      const headers = { 'Content-Type': urlencoded, 'Content-Length': length }
      const response = await ada.send('POST', '/form', { body: last(ada.token, 2000), headers })
      expect(await reasonOf(response), length).toBe('too-large')
    }
  })
})

describe('a form whose body does not arrive in time (R21)', () => {
  const headers = { 'Content-Type': urlencoded }
  function stalling(text: string) {
    const end = { send: (_rest: string) => {} }
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(Buffer.from(text))
        end.send = (rest) => {
          controller.enqueue(Buffer.from(rest))
          controller.close()
        }
      },
    })
    return { body, end }
  }

  it('gets a 408, and its handler does not run', async () => {
    const world = formed({ formTimeoutSeconds: 0.02 })
    let ran = false
    world.app.post('/slow', (c) => {
      ran = true
      return c.text('ran')
    })
    const ada = await signedIn(world.client())

    const { body } = stalling(`_token=${ada.token}&a=`)
    const response = await ada.send('POST', '/slow', { body, headers })

    expect(response.status).toBe(408)
    expect(await response.json()).toMatchObject({
      success: false,
      error: { code: 'session-form-timeout', message: expect.stringMatching(/0\.02 seconds/) },
    })
    expect(response.headers.getSetCookie()).toEqual([])
    expect(ran).toBe(false)
  })

  it('is not waited for if a header has the token', async () => {
    const ada = await signedIn(formed({ formTimeoutSeconds: 0.02 }).client())

    const { body } = stalling('a=')
    const response = await ada.post('/unread', { body, headers })

    expect(await response.text()).toBe('unread')
  })

  it.skipIf(isOverHttp)('still reaches the handler complete in report-only mode', async () => {
    const world = formed({ formTimeoutSeconds: 0.02, reportOnly: true })
    const { body, end } = stalling('a=1')
    world.app.post('/rest', async (c) => {
      end.send('&b=2')
      return c.text(await c.req.text())
    })
    const ada = await signedIn(world.client())

    const response = await ada.send('POST', '/rest', { body, headers })

    expect(await response.text()).toBe('a=1&b=2')
  })
})

it.each([
  ['parsed it', async (c: Context) => void (await c.req.parseBody())],
  ['read it as a string', async (c: Context) => void (await c.req.text())],
  ['read its bytes', async (c: Context) => void (await c.req.arrayBuffer())],
])('the token is found in a form after another middleware has %s', async (_, read) => {
  const app = new Hono()
  app.use(async (c, next) => {
    if (c.req.method === 'POST') await read(c)
    await next()
  })
  app.use(session({ secret }))
  app.get('/', (c) => c.text(c.get('session').id()))
  app.post('/', async (c) => c.json(await c.req.parseBody()))
  const client = new Client(app)
  await client.get('/')
  const name = { name: 'Ada' }

  for (const form of [new URLSearchParams(name), multipart(name)]) {
    form.append('_token', client.token)
    const response = await client.send('POST', '/', { body: form })
    expect(await response.json()).toEqual({ name: 'Ada', _token: client.token })
    form.set('_token', 'wrong')
    expect(await reasonOf(await client.send('POST', '/', { body: form }))).toBe('mismatch')
  }
})

it('a middleware before the session that reads the form does not cause a 500', async () => {
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
