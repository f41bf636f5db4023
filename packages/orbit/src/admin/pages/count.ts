import { html } from 'hono/html'
import type { SessionCounts } from '../all-sessions.ts'
import type { AdminRequest } from '../request.ts'
import { countWords } from '../words.ts'
import type { Frame, Html } from './layout.ts'

export function countPage(_: AdminRequest, counts: SessionCounts): (frame: Frame) => Html {
  const numbers = new Intl.NumberFormat('en')
  const rows = Object.entries(countWords).map(([name, words]) => {
    const count: unknown = Reflect.get(counts, name)
    return html`<dt>${words}</dt><dd>${numbers.format(Number(count))}</dd>`
  })
  return ({ base, tokens }) => html`<h2>Records in the store</h2>
      <dl>${rows}</dl>
      ${
        counts.expired === 0
          ? ''
          : html`<form method="post" action="${base}/prune">${tokens}
        <button class="quiet">Remove expired records</button>
      </form>`
      }`
}
