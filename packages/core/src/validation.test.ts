import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { PlanetCore } from './core.ts'
import { GravitoError } from './errors.ts'
import { recordingLogger } from './logger.fixture.ts'
import { ValidationError } from './validation.ts'

/** A session that records what it keeps for the next page. The kernel does not depend on a session package. */
class Kept {
  issues: unknown
  input: [string, unknown][] = []

  flashErrors(issues: unknown): void {
    this.issues = issues
  }

  flashInput(input: FormData): void {
    this.input = [...input]
  }
}

interface Sent {
  readonly method?: string
  readonly url?: string
  readonly headers?: Record<string, string>
  readonly body?: NonNullable<RequestInit['body']>
}

/** Sends a form, as a browser does, to an app that has only this handler. Returns the response. */
async function answerTo(
  handle: (c: Context) => unknown,
  variables: Record<string, unknown> = {},
  { method = 'POST', url = 'http://localhost/users?from=mail', headers = {}, body }: Sent = {},
) {
  const logger = recordingLogger()
  const core = await PlanetCore.boot({
    logger,
    routes: (routes) => {
      routes.all('/*', async (c) => {
        await handle(c)
        return c.text('done')
      })
    },
    orbits: [
      {
        install: ({ app }) => {
          app.use(async (c, next) => {
            for (const [name, value] of Object.entries(variables)) c.set(name as never, value)
            await next()
          })
        },
      },
    ],
  })
  const form = method === 'GET' || method === 'HEAD' ? null : new URLSearchParams({ name: 'Ada' })
  const request = new Request(url, {
    method,
    headers: { Accept: 'text/html,*/*;q=0.8', ...headers },
    body: body ?? form,
  })
  return { response: await core.fetch(request), logger }
}

const user = z.object({
  name: z.string().min(5, 'too short'),
  address: z.object({ city: z.string('is missing') }, 'is missing'),
})
const checkUser = async (c: Context) => user.parse(await c.req.parseBody())

const refuse = () => {
  throw new ValidationError({ email: 'is taken', tags: ['too many', 'too long'], '': 'Not now.' })
}

const unprocessable = (errors: object) => ({
  success: false,
  error: { code: 'validation-failed', message: 'The input is not valid', errors },
})

describe('input that is not valid, without a session', () => {
  test('gets a 422 with the messages by field for a ValidationError', async () => {
    const { response, logger } = await answerTo(refuse)

    expect(response.status).toBe(422)
    expect(await response.json()).toEqual(
      unprocessable({ email: ['is taken'], tags: ['too many', 'too long'], '': ['Not now.'] }),
    )
    expect(logger.lines).toEqual(['info: POST /users: the input is not valid (email, tags, )'])
  })

  test('gets a 422 with the names of inner fields for an error of zod', async () => {
    const parse = () => user.parse({ name: 'Ada', address: {} })

    const { response } = await answerTo(parse, {}, { method: 'GET' })

    expect(response.status).toBe(422)
    expect(await response.json()).toEqual(
      unprocessable({ name: ['too short'], 'address.city': ['is missing'] }),
    )
  })

  test('gets a 422 for issues of Standard Schema, whose paths may contain objects', async () => {
    const issues = [
      { message: 'is wrong', path: [{ key: '__proto__' }, 0] },
      { message: 'is all wrong' },
    ]

    const { response } = await answerTo(() => {
      throw Object.assign(new Error('schema'), { issues })
    })

    const { error } = await response.json()
    expect(Object.entries(error.errors)).toEqual([
      ['__proto__.0', ['is wrong']],
      ['', ['is all wrong']],
    ])
  })

  test('can have another message about the whole input', async () => {
    const { response } = await answerTo(() => {
      throw new ValidationError({}, 'The order is empty.')
    })

    expect((await response.json()).error.message).toBe('The order is empty.')
  })

  test.each([
    ['issues that are not a list', Object.assign(new Error('x'), { issues: 'many' })],
    ['an empty list of issues', Object.assign(new Error('x'), { issues: [] })],
    ['issues without messages', Object.assign(new Error('x'), { issues: [{ path: ['a'] }] })],
    [
      'a path that is not a list',
      Object.assign(new Error('x'), { issues: [{ message: 'x', path: 'a' }] }),
    ],
    ['another code', new GravitoError('mail-failed', 'x')],
    [
      'messages that are not lists',
      Object.assign(new Error('x'), { code: 'validation-failed', errors: { a: 1 } }),
    ],
  ])('an error with %s does not count as one and gets a 500', async (_, error) => {
    const { response } = await answerTo(() => {
      throw error
    })

    expect(response.status).toBe(500)
  })

  test('an HTTPException with issues does not count as one and keeps its response', async () => {
    const issues = [{ message: 'is wrong' }]
    const { response } = await answerTo(() => {
      throw Object.assign(new HTTPException(400, { message: 'Bad input' }), { issues })
    })

    expect(response.status).toBe(400)
    expect((await response.json()).error.message).toBe('Bad input')
  })
})

describe('a form whose input is not valid, with a session', () => {
  test('redirects to its page and keeps the errors and the input', async () => {
    const session = new Kept()
    const headers = { Referer: 'http://localhost/users/new?from=mail#form' }

    const { response } = await answerTo(checkUser, { session }, { headers })

    expect(response.status).toBe(303)
    expect(response.headers.get('Location')).toBe('/users/new?from=mail')
    expect(session.issues).toEqual([
      { path: ['name'], message: 'too short' },
      { path: ['address'], message: 'is missing' },
    ])
    expect(session.input).toEqual([['name', 'Ada']])
  })

  test.each([
    ['without a Referer', undefined],
    ['with the Referer of another host', 'http://elsewhere.example/form'],
    ['with a Referer that is not a URL', 'form'],
    ['with a Referer that has no host', 'data:text/html,form'],
  ])('redirects to its own URL %s', async (_, referer) => {
    const headers = referer === undefined ? {} : { Referer: referer }

    const { response } = await answerTo(refuse, { session: new Kept() }, { headers })

    expect(response.headers.get('Location')).toBe('/users?from=mail')
  })

  test.each([
    ['its own URL', 'http://localhost//elsewhere.example/x', {}],
    ['the Referer', 'http://localhost/', { Referer: 'http://localhost//elsewhere.example/x' }],
  ])('does not redirect to another host because of %s', async (_, url, headers) => {
    const { response } = await answerTo(refuse, { session: new Kept() }, { url, headers })

    expect(response.headers.get('Location')).toBe('/elsewhere.example/x')
  })

  test('keeps all values of a field, also if the handler has read one of them', async () => {
    const session = new Kept()
    const body = new FormData()
    body.append('tag', 'a')
    body.append('tag', 'b')

    await answerTo(checkUser, { session }, { body })

    expect(session.input).toEqual([
      ['tag', 'a'],
      ['tag', 'b'],
    ])
  })

  test('keeps input that the handler did not read, but not a body that it consumed itself', async () => {
    const [unread, taken] = [new Kept(), new Kept()]

    await answerTo(refuse, { session: unread })
    const { response } = await answerTo(
      async (c) => {
        await c.req.raw.formData()
        refuse()
      },
      { session: taken },
    )

    expect(unread.input).toEqual([['name', 'Ada']])
    expect(response.status).toBe(303)
    expect(taken.input).toEqual([])
    expect(taken.issues).toBeDefined()
  })

  test('is kept in the session named `session`, or in the first session with another name', async () => {
    const [session, admin] = [new Kept(), new Kept()]

    await answerTo(refuse, { user: { name: 'Ada' }, admin, session })
    expect(session.issues).toBeDefined()
    expect(admin.issues).toBeUndefined()

    await answerTo(refuse, { user: null, admin })
    expect(admin.issues).toBeDefined()
  })

  test('gets a 422 if the session cannot keep the input, and the log says why', async () => {
    const session = Object.assign(new Kept(), {
      flashErrors: () => {
        throw new Error('The session\ncannot change here.')
      },
    })

    const { response, logger } = await answerTo(refuse, { session })

    expect(response.status).toBe(422)
    expect(logger.lines).toContain(
      'warn: POST /users: the form cannot be shown again: The session\\ncannot change here',
    )
  })

  test.each<[string, Sent]>([
    ['from a client that accepts JSON', { headers: { Accept: 'application/json, text/html' } }],
    ['sent by fetch', { headers: { Accept: '*/*' } }],
    ['JSON', { headers: { 'Content-Type': 'application/json' }, body: '{}' }],
    ['plain text', { headers: { 'Content-Type': 'text/plain' }, body: '{}' }],
    ['a GET', { method: 'GET' }],
  ])('gets a 422 if it is %s', async (_, sent) => {
    const session = new Kept()

    const { response } = await answerTo(refuse, { session }, sent)

    expect(response.status).toBe(422)
    expect(session.issues).toBeUndefined()
  })
})
