import { html, raw } from 'hono/html'
import { type Html, layout } from './layout.ts'

/** An error as the library and the kernel answer it in JSON. */
export interface Problem {
  readonly code: string
  /** Why a request was refused. */
  readonly reason?: string
  readonly message: string
}

const titles = new Map([
  [403, 'Request refused'],
  [404, 'Nothing here'],
  [409, 'Overtaken'],
  [413, 'Too much'],
  [503, 'Not now'],
])

/** What people see in the place of the JSON. It uses no session: that may be what failed. */
export function problemPage(status: number, { code, reason, message }: Problem): Html {
  const nothing = {
    csrfField: raw(''),
    success: null,
    error: null,
    old: () => '',
    errors: () => [],
  }
  const frame = { path: '', userId: null, ...nothing }
  return layout(frame, {
    title: titles.get(status) ?? 'That went wrong',
    lede: 'The server did not do what was asked.',
    source: 'src/orbits/OrbitErrorPages.ts',
    content: html`<p class="answer wrong" role="status"><strong>${status} ${reason ?? code}</strong>: ${message}</p>
      <p class="row">${code === 'csrf-refused' ? afterAnAttack : toTheStart}</p>`,
  })
}

const afterAnAttack = html`<a class="button" href="/attacks">Back to the attacks</a>
        <a class="button quiet" href="/cart">Look into the cart</a>`

const toTheStart = html`<a class="button" href="/">To the start</a>`
