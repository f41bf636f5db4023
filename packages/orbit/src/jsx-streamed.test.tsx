/** @jsxImportSource hono/jsx */
import { type Context, Hono } from 'hono'
import { renderToReadableStream, Suspense } from 'hono/jsx/streaming'
import { jsxRenderer } from 'hono/jsx-renderer'
import { describe, expect, it } from 'vitest'
import { CsrfField, Flash } from './jsx.ts'
import { session } from './middleware.ts'
import { testClient } from './testing/index.ts'

describe('a streamed page', () => {
  /** Requests the page of the path. Its parts wait until the first bytes have arrived. */
  async function streamed(path: string) {
    let goOn = () => {}
    const begun = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const Parts = async ({ c }: { c?: Context }) => {
      await begun
      return (
        <div>
          <CsrfField c={c} />
          <Flash name="success" c={c} />
        </div>
      )
    }
    const app = new Hono()
    const failures: string[] = []
    app.use(session())
    app.use(
      '/rendered/*',
      jsxRenderer(({ children }) => <main>{children}</main>, { stream: true }),
    )
    app.use('/*/read-before', (c, next) => {
      c.get('csrf').token()
      return next()
    })
    app.get('/', (c) => {
      c.get('session').flash('success', 'Saved.')
      return c.text('')
    })
    app.post('/order', (c) => c.text('ordered'))
    app.get('/rendered/:when', (c) =>
      c.render(
        <Suspense fallback="One moment">
          <Parts />
        </Suspense>,
      ),
    )
    app.get('/given/:when', (c) => {
      const page = (
        <Suspense fallback="One moment">
          <Parts c={c} />
        </Suspense>
      )
      return c.body(renderToReadableStream(page, (error) => void failures.push(String(error))))
    })
    const client = testClient(app)
    await client.get('/')
    const response = await client.get(path)
    goOn()
    const page = await response.text()
    return { client, failures, page }
  }

  it.each(['/rendered', '/given'])(
    'of %s shows the message and a valid token, if its handler read the session before',
    async (path) => {
      const { client, page } = await streamed(`${path}/read-before`)

      expect(page).toContain('One moment')
      expect(page).toContain('<p role="status">Saved.</p>')
      const [, token = ''] = /name="_token" value="([^"]+)"/.exec(page) ?? []
      const sent = { form: { _token: token }, headers: { 'X-XSRF-TOKEN': '' } }
      expect((await client.post('/order', sent)).status).toBe(200)
    },
  )

  it('does not show them if they are the first use of the session, and the error says what to do', async () => {
    const { failures, page } = await streamed('/given/first-use')

    expect(page).toContain('One moment')
    expect(page).not.toContain('Saved.')
    expect(failures.join()).toContain('with streamed JSX before c.render(…)')
  })
})
