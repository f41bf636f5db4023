import { html } from 'hono/html'
import type { SessionSummary } from '../describe.ts'
import type { AdminRequest } from '../request.ts'
import type { Frame, Html } from './layout.ts'
import { deviceOf, ownerOf, ownerQuery, timeOf } from './parts.ts'

/** What a list shows: sessions, or the reason why it is empty. */
export interface Listing {
  readonly sessions?: readonly SessionSummary[] | undefined
  readonly next?: string | undefined
  /** The id of the user whose sessions these are, as it was typed. */
  readonly search?: string | undefined
  readonly problem?: string | undefined
}

export function listPage({ own }: AdminRequest, listing: Listing): (frame: Frame) => Html {
  const { sessions = [], next, search, problem } = listing
  const now = Date.now()
  return (frame) => {
    const { base } = frame
    if (problem !== undefined) return html`<p>${problem}</p>`
    if (sessions.length === 0) {
      return search === undefined
        ? html`<p>There are no sessions in the store.</p>`
        : html`<p>No user with this id has a session, and no session has this handle.</p>`
    }
    return html`<ul class="sessions" aria-label="Sessions">${sessions.map((session) =>
      line(frame, session, own.includes(session.handle), now),
    )}</ul>
      ${search === undefined ? '' : endAll(frame, sessions)}
      ${
        next === undefined
          ? ''
          : html`<p><a class="button quiet" href="${base}?${nextQuery(frame, next)}">Next page</a></p>`
      }`
  }
}

function nextQuery({ query }: Frame, after: string): string {
  const { ended: _, removed: __, ...search } = query
  return String(new URLSearchParams({ ...search, after }))
}

function line(frame: Frame, session: SessionSummary, isOwn: boolean, now: number): Html {
  const { base, tokens } = frame
  const { handle, lastActiveAt, createdAt, isSignedIn } = session
  const id = `session-${handle}`
  return html`<li>
        <div>
          <p id="${id}"><a class="title" href="${base}/${handle}">${ownerOf(session)}</a>
            ${isOwn ? html`<span class="badge">This one</span>` : ''}</p>
          <p class="soft"><span>${deviceOf(session)} ·</span>
            <span>active ${timeOf(lastActiveAt, now)} ·</span>
            <span>${isSignedIn ? 'signed in' : 'created'} ${timeOf(createdAt, now)}</span></p>
          <p class="soft"><code>${handle}</code></p>
        </div>
        ${
          isOwn
            ? html`<a class="button quiet" href="${base}/${handle}/end" aria-describedby="${id}">End</a>`
            : html`<form method="post" action="${base}/${handle}/end">
          ${tokens}
          <button class="quiet" aria-describedby="${id}">End</button>
        </form>`
        }
      </li>`
}

/** A button for each user that the search found: the number 1 and the string "1" are two users. */
function endAll({ base }: Frame, sessions: readonly SessionSummary[]): Html {
  const queries = new Map(sessions.map((session) => [ownerQuery(session), session] as const))
  const users = [...queries].flatMap(([query, session]) => (query ? [{ query, session }] : []))
  return html`${users.map(
    ({ query, session }) =>
      html`<p><a class="button" href="${base}/end-owner?${query}">End all sessions of ${ownerOf(session)}</a></p>`,
  )}`
}
