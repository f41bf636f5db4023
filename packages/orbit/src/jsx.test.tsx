/** @jsxImportSource hono/jsx */
import { type Context, Hono } from 'hono'
import type { FC } from 'hono/jsx'
import { jsxRenderer } from 'hono/jsx-renderer'
import { describe, expect, it } from 'vitest'
import type { SessionOptions } from './config.ts'
import { CsrfField, FieldErrors, Flash } from './jsx.ts'
import { session } from './middleware.ts'
import type { Session } from './session/session.ts'
import { testClient } from './testing/index.ts'

/** Input of another user or an attacker. */
const evil = `<script>"x" & 'y'</script>`
const escaped = '&lt;script&gt;&quot;x&quot; &amp; &#39;y&#39;&lt;/script&gt;'

interface Setting {
  /** Changes the session in the previous request. */
  readonly before?: (session: Session) => void
  readonly options?: SessionOptions
}

/** An app that renders the page in the two ways of Hono, and a browser that has opened it before. */
async function visit(Page: FC<{ c?: Context }>, { before = () => {}, options }: Setting = {}) {
  const app = new Hono()
  const failures: string[] = []
  app.onError((error, c) => {
    failures.push(error.message)
    return c.text('failed', 500)
  })
  app.use(session(options))
  app.use(
    '/rendered',
    jsxRenderer(({ children }) => <main>{children}</main>, { docType: false }),
  )
  app.get('/', (c) => c.text(c.get('csrf').token()))
  app.post('/before', (c) => {
    before(c.get('session'))
    return c.redirect('/', 303)
  })
  app.post('/order', (c) => c.text('ordered'))
  app.get('/rendered', (c) => c.render(<Page />))
  app.get('/given', (c) => c.html(<Page c={c} />))
  app.get('/neither', (c) => c.html(<Page />))

  const client = testClient(app)
  await client.get('/')
  await client.post('/before')
  const text = async (path: string) => (await client.get(path)).text()
  return { app, client, failures, text }
}

/** The HTML of the page after `before`. */
async function shown(Page: FC<{ c?: Context }>, setting: Setting = {}): Promise<string> {
  return (await visit(Page, setting)).text('/given')
}

/** The error of the page after `before`. */
async function failureOf(Page: FC<{ c?: Context }>, setting: Setting = {}) {
  const { failures, text } = await visit(Page, setting)
  expect(await text('/given')).toBe('failed')
  return failures.join()
}

describe('the request of a component', () => {
  const Page: FC<{ c?: Context }> = ({ c }) => (
    <div>
      <Flash name="success" c={c} />
    </div>
  )
  const before = (session: Session) => session.flash('success', 'Saved.')

  it('is found on a page that jsxRenderer renders', async () => {
    const { text } = await visit(Page, { before })

    expect(await text('/rendered')).toBe('<main><div><p role="status">Saved.</p></div></main>')
  })

  it('can be a prop on a page that c.html renders', async () => {
    const { text } = await visit(Page, { before })

    expect(await text('/given')).toBe('<div><p role="status">Saved.</p></div>')
  })

  it.each([
    ['CsrfField', () => <CsrfField />],
    ['Flash', () => <Flash name="success" />],
    ['FieldErrors', () => <FieldErrors name="email" />],
  ])('is required: without it, the error of %s names both ways to pass it', async (name, Part) => {
    const { failures, text } = await visit(Part, { before })

    expect(await text('/neither')).toBe('failed')
    expect(failures).toEqual([
      `<${name} /> does not know its request. Render the page with jsxRenderer() and c.render(…), or pass the context: <${name} c={c} />.`,
    ])
  })

  it('is never the request of another page that is rendered at the same time', async () => {
    let go = () => {}
    const gone = new Promise<void>((resolve) => {
      go = resolve
    })
    const Slow = async () => {
      await gone
      return <Flash name="success" />
    }
    const { app, text } = await visit(Slow, { before })
    const slow = text('/rendered')
    const other = testClient(app)
    const forgotten = new Hono()
    forgotten.use(session())
    forgotten.get('/', (c) => c.html(<Flash name="success" />))
    forgotten.onError((error, c) => c.text(error.message))

    expect(await (await testClient(forgotten).get('/')).text()).toContain('does not know')
    const others = other.get('/rendered')
    go()

    expect(await slow).toContain('Saved.')
    expect(await (await others).text()).not.toContain('Saved.')
  })
})

describe('<CsrfField />', () => {
  it('is a form field with a token that the next request can send', async () => {
    const { client, text } = await visit(({ c }) => <CsrfField c={c} />)

    const field = await text('/given')

    const [, token = ''] = /^<input type="hidden" name="_token" value="([^"]+)">$/.exec(field) ?? []
    const form = { _token: token }
    const headers = { 'X-XSRF-TOKEN': '' }
    expect((await client.post('/order', { form, headers })).status).toBe(200)
    expect((await client.post('/order', { form: {}, headers })).status).toBe(403)
  })

  it('uses the token under another name', async () => {
    const app = new Hono()
    app.use(session({ csrf: { exposeAs: 'token', fieldNames: ['csrf_field'] } }))
    app.get('/', (c) => c.html(<CsrfField c={c} csrf="token" />))

    expect(await (await testClient(app).get('/')).text()).toContain('name="csrf_field"')
  })

  it('throws an error if there is no token under the name', async () => {
    expect(await failureOf(({ c }) => <CsrfField c={c} csrf="token" />)).toBe(
      '<CsrfField /> finds no CSRF token under "token". Install session() before it: app.use(session()).',
    )
  })
})

describe('<Flash />', () => {
  it.each([
    ['no message', undefined],
    ['null', null],
    ['false', false],
    ['an empty string', ''],
  ])('renders nothing for %s', async (_, message) => {
    const before = (session: Session) => {
      if (message !== undefined) session.flash('success', message)
    }
    const Page: FC<{ c?: Context }> = ({ c }) => (
      <div>
        <Flash name="success" c={c} />
        <Flash name="success" c={c}>
          {() => <b>shown</b>}
        </Flash>
      </div>
    )

    expect(await shown(Page, { before })).toBe('<div></div>')
  })

  it('shows a message once, even if it is a number', async () => {
    const before = (session: Session) => session.flash('left', 0)
    const { text } = await visit(
      ({ c }) => (
        <div>
          <Flash name="left" c={c} />
        </div>
      ),
      { before },
    )

    expect(await text('/given')).toBe('<div><p role="status">0</p></div>')
    expect(await text('/given')).toBe('<div></div>')
  })

  it('escapes the message and the class, even in the app’s own markup', async () => {
    const before = (session: Session) => session.flash('note', evil)
    const Page: FC<{ c?: Context }> = ({ c }) => (
      <div>
        <Flash name="note" c={c} class={`"${evil}`} />
        <Flash name="note" c={c}>
          {(message) => <b title={String(message)}>{String(message)}</b>}
        </Flash>
      </div>
    )

    expect(await shown(Page, { before })).toBe(
      `<div><p role="status" class="&quot;${escaped}">${escaped}</p><b title="${escaped}">${escaped}</b></div>`,
    )
  })

  it('passes any flashed value to a function', async () => {
    const before = (session: Session) => session.flash('added', { count: 2 })
    const Page: FC<{ c?: Context }> = ({ c }) => (
      <Flash name="added" c={c}>
        {(message) => <b>{JSON.stringify(message)}</b>}
      </Flash>
    )

    expect(await shown(Page, { before })).toBe('<b>{&quot;count&quot;:2}</b>')
  })

  it.each([[{ count: 2 }], [true]])('asks for a function that shows %j', async (message) => {
    const before = (session: Session) => session.flash('added', message)

    expect(await failureOf(({ c }) => <Flash name="added" c={c} />, { before })).toBe(
      '<Flash name="added" /> finds a message that is not a string. Show it with a function: <Flash name="added">{(message) => …}</Flash>.',
    )
  })

  it('refuses children that are not a function', async () => {
    const before = (session: Session) => session.flash('added')
    const Page: FC<{ c?: Context }> = ({ c }) => (
      <Flash name="added" c={c}>
        {/* @ts-expect-error: JavaScript lets it through. */}
        <b>Added.</b>
      </Flash>
    )

    expect(await failureOf(Page, { before })).toBe(
      '<Flash> has children that are not a function. Use {(found) => …} between its tags, or no children.',
    )
  })

  it('uses the session under another name, and throws an error if there is none', async () => {
    const app = new Hono<{ Variables: { visitor: Session } }>()
    app.onError((error, c) => c.text(error.message))
    app.use(session({ exposeAs: 'visitor' }))
    app.get('/now', (c) => {
      c.get('visitor').now('note', 'here')
      return c.html(<Flash name="note" c={c} session="visitor" />)
    })
    app.get('/', (c) => c.html(<Flash name="note" c={c} />))
    const client = testClient(app)

    expect(await (await client.get('/now')).text()).toBe('<p role="status">here</p>')
    expect(await (await client.get('/')).text()).toBe(
      '<Flash /> finds no session under "session". Install session() before it: app.use(session()).',
    )
  })
})

describe('<FieldErrors />', () => {
  const before = (session: Session) =>
    session.flashErrors({ email: [evil, 'is taken'], 'first name': 'is missing', '': 'Not now.' })

  it('lists the messages of a field, escaped, under an id that the field can point to', async () => {
    expect(await shown(({ c }) => <FieldErrors name="email" c={c} />, { before })).toBe(
      `<div id="email-errors" role="alert"><p>${escaped}</p><p>is taken</p></div>`,
    )
  })

  it('renders nothing for a field without errors', async () => {
    const Page: FC<{ c?: Context }> = ({ c }) => (
      <div>
        <FieldErrors name="name" c={c} />
        <FieldErrors name="name" c={c}>
          {() => <b>shown</b>}
        </FieldErrors>
      </div>
    )

    expect(await shown(Page, { before })).toBe('<div></div>')
  })

  it.each([
    ['first name', undefined, 'first-name-errors'],
    ['', undefined, 'form-errors'],
    ['email', 'sign-in-email', 'sign-in-email'],
    ['email', evil, escaped],
  ])('of the field "%s" with the id %s has the id %s', async (name, id, expected) => {
    const page = await shown(({ c }) => <FieldErrors name={name} id={id} c={c} />, { before })

    expect(page).toContain(`<div id="${expected}" `)
  })

  it('passes the messages to a function', async () => {
    const Page: FC<{ c?: Context }> = ({ c }) => (
      <FieldErrors name="email" c={c}>
        {(messages) => (
          <ul>
            {messages.map((message) => (
              <li>{message}</li>
            ))}
          </ul>
        )}
      </FieldErrors>
    )

    expect(await shown(Page, { before })).toBe(`<ul><li>${escaped}</li><li>is taken</li></ul>`)
  })
})
