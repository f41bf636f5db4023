import { session } from '@gravito/orbit'
import {
  CsrfField,
  type CsrfFieldProps,
  FieldErrors,
  type FieldErrorsProps,
  Flash,
  type FlashProps,
} from '@gravito/orbit/jsx'
import { type Context, Hono } from 'hono'

declare module '@gravito/orbit' {
  interface SessionFlash {
    success: string
    added: { items: string[] }
  }
}

interface Env {
  Variables: { user: string }
}

const app = new Hono<Env>()
app.use(session())

// The components accept the context of any app, or none.
app.get('/orders/:id', (c) => c.html(<Page c={c} />))
app.get('/rendered', (c) => c.render(<Page />))

function Page({ c }: { c?: Context | undefined }) {
  return (
    <form method="post">
      <CsrfField c={c} csrf="adminCsrf" />
      <Flash name="success" c={c} session="admin" class="note" />
      <Flash name="success">{(message) => <b>{message.toUpperCase()}</b>}</Flash>
      <Flash name="added">{({ items }) => <b>{items.map((item) => item.length)}</b>}</Flash>
      <Flash name="added">{() => null}</Flash>
      <input name="email" aria-describedby="email-errors" />
      <FieldErrors name="email" c={c} id="email-errors" class="wrong" />
      <FieldErrors name="">{(messages) => <i>{messages.join(' ')}</i>}</FieldErrors>
    </form>
  )
}

// For components of the app that wrap these.
export const field = (props: CsrfFieldProps) => <CsrfField {...props} />
export const note = (props: FlashProps<'success'>) => <Flash {...props} class="note" />
export const errors = (props: FieldErrorsProps) => <FieldErrors {...props} class="wrong" />

export const refused = (
  <div>
    {/* @ts-expect-error: nothing is flashed under this name */}
    <Flash name="sucess" />
    {/* @ts-expect-error: the name is missing */}
    <FieldErrors />
    {/* @ts-expect-error: a message of this name has no count */}
    <Flash name="added">{({ count }) => <b>{count}</b>}</Flash>
    {/* @ts-expect-error: what a reader gets is frozen */}
    <Flash name="added">{({ items }) => <b>{items.push('tea')}</b>}</Flash>
    {/* @ts-expect-error: the context of a request */}
    <CsrfField c={app} />
  </div>
)
