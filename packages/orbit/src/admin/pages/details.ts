import { html } from 'hono/html'
import type { SessionDetails, SessionValue } from '../describe.ts'
import type { AdminRequest } from '../request.ts'
import { shownValue } from '../show-value.ts'
import type { Frame, Html } from './layout.ts'
import { foreign, ownerOf, ownerQuery, timeOf } from './parts.ts'

export function detailsPage(
  { own }: AdminRequest,
  details: SessionDetails,
): (frame: Frame) => Html {
  const now = Date.now()
  const { handle, device, data, flash } = details
  const row = (name: string, content: Html | string | undefined) =>
    content === undefined ? '' : html`<dt>${name}</dt><dd>${content}</dd>`
  const time = (date: Date | undefined) => date && timeOf(date, now)
  const text = (value: string | undefined) => (value === undefined ? undefined : foreign(value))
  const isOwn = own.includes(handle)
  return ({ base }) => {
    const query = ownerQuery(details)
    return html`<h2>${ownerOf(details)} ${isOwn ? html`<span class="badge">This one</span>` : ''}</h2>
      <dl>
        ${row('Handle', html`<code>${handle}</code>`)}
        ${row('Created', time(details.createdAt))}
        ${row('Last active', time(details.lastActiveAt))}
        ${row('Confirmed', time(details.confirmedAt))}
        ${row('Expires', time(details.expiresAt))}
        ${row('Ends at the latest', time(details.endsAt))}
        ${row('Device', text(device?.name))}
        ${row('User agent', text(device?.userAgent))}
        ${row('Address', text(device?.address))}
        ${row('Label', text(details.label))}
        ${row('Method', text(details.method))}
        ${row('Size', `${details.bytes} bytes`)}
        ${details.isReadable ? '' : row('Data', 'It cannot be read.')}
      </dl>
      ${values('Data', data, now)}
      ${values('Flash messages', flash, now)}
      <p class="row">
        <a class="button" href="${base}/${handle}/end">End this session</a>
        ${query ? html`<a class="button quiet" href="${base}?${query}">All sessions of this user</a>` : ''}
      </p>`
  }
}

function values(title: string, all: readonly SessionValue[], now: number): Html | string {
  if (all.length === 0) return ''
  return html`<h2>${title}</h2>
      <dl>${all.map((one) => {
        const { key, type, expiresAt } = one
        const life = expiresAt ? html`, expires ${timeOf(expiresAt, now)}` : ''
        const shown = 'value' in one ? html`<pre>${shownValue(one.value)}</pre>` : ''
        return html`<dt>${foreign(key)}</dt><dd>${type}${life}${shown}</dd>`
      })}</dl>`
}
