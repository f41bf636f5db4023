import { html, raw } from 'hono/html'
import { type Html, layout } from './layout.ts'

/** An error in the JSON format of the library and the kernel. */
export interface Problem {
  readonly code: string
  /** Why a request was refused. */
  readonly reason?: string
  readonly message: string
}

const titles = new Map([
  [403, 'Request refused'],
  [404, 'Page not found'],
  [409, 'Conflict'],
  [413, 'Request too large'],
  [503, 'Service unavailable'],
])

/** The page that users see instead of the JSON. It does not use the session, because the session may have failed. */
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
    title: titles.get(status) ?? 'Something went wrong',
    lede: 'The server did not complete the request.',
    source: 'src/orbits/OrbitErrorPages.ts',
    content: html`<p class="answer wrong" role="status"><strong>${status} ${reason ?? code}</strong>: ${message}</p>
      <p class="row">${code === 'csrf-refused' ? afterAnAttack : toStart}</p>`,
  })
}

const afterAnAttack = html`<a class="button" href="/attacks">Back to the attacks</a>
        <a class="button quiet" href="/cart">Open the cart</a>`

const toStart = html`<a class="button" href="/">Go to the start page</a>`
