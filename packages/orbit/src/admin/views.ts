import { csrfUnder, installedIn } from '../installed.ts'
import type { SessionSummary } from './describe.ts'
import { detailsJson, summaryJson } from './json.ts'
import { allOfOwner, findOwners } from './owner-text.ts'
import { countPage } from './pages/count.ts'
import { detailsPage } from './pages/details.ts'
import { type Frame, type Html, layout } from './pages/layout.ts'
import { type Listing, listPage } from './pages/list.ts'
import { questionPage } from './pages/question.ts'
import { type AdminRequest, failed, namedOwner, prefersPage } from './request.ts'

/** The responses of the admin app that only show sessions, as a page or as JSON. */
export const views: Readonly<
  Record<string, (request: AdminRequest) => Response | Promise<Response>>
> = {
  '/': list,
  '/count': count,
  '/end-owner': askToEndOwner,
  '/:handle': show,
  '/:handle/end': askToEnd,
}

const pageSize = 50

async function list(request: AdminRequest): Promise<Response> {
  const { c, all } = request
  const { owner: text = '', after = '', limit } = c.req.query()
  // The search accepts the id of a user or a handle. A handle opens the page of its session.
  if (prefersPage(c) && (await all.show(text))) return c.redirect(`${request.base}/${text}`, 303)
  const size = limit === undefined ? pageSize : Number(limit)
  if (!(Number.isInteger(size) && size >= 1 && size <= 1_000)) {
    return failed(c, 400, 'bad-limit', 'limit must be a whole number from 1 to 1000.')
  }
  if (text !== '') return listOfOwner(request, size)
  if (!(await all.canWalk())) {
    if (prefersPage(c)) return page(request, listPage(request, { problem: notWalkable }))
    return failed(c, 501, 'not-walkable', notWalkable)
  }
  const { sessions, next } = await all.list({ limit: size, after })
  return listed(request, { sessions, next })
}

const notWalkable =
  'The store of this app cannot list its sessions. Search for the id of a user or for a handle.'

/** The sessions of each user that the string can mean. */
async function listOfOwner(request: AdminRequest, limit: number): Promise<Response> {
  const { c, all } = request
  const fields = c.req.query()
  const { owners, ownerKey } = namedOwner(fields)
  const lists = await Promise.all(owners.map((owner) => allOfOwner(all, owner, ownerKey)))
  const found = lists.flat()
  const start = found.findIndex(({ handle }) => handle === fields.after) + 1
  const sessions = found.slice(start, start + limit)
  const next = start + limit < found.length ? sessions.at(-1)?.handle : undefined
  return listed(request, { sessions, next, search: fields.owner })
}

function listed(
  request: AdminRequest,
  listing: Listing & { readonly sessions: readonly SessionSummary[] },
): Response | Promise<Response> {
  const { c, own } = request
  if (prefersPage(c)) return page(request, listPage(request, listing))
  const sessions = listing.sessions.map((one) => ({
    ...summaryJson(one),
    isOwn: own.includes(one.handle),
  }))
  return c.json({ success: true, sessions, ...(listing.next && { next: listing.next }) })
}

async function count(request: AdminRequest): Promise<Response> {
  const { c, all } = request
  if (!(await all.canWalk())) return failed(c, 501, 'not-walkable', notWalkable)
  const counts = await all.count()
  if (!prefersPage(c)) return c.json({ success: true, ...counts })
  return page(request, countPage(request, counts))
}

async function show(request: AdminRequest): Promise<Response> {
  const { c, all, showData, own } = request
  const details = await all.show(c.req.param('handle') ?? '', { data: showData })
  if (!details) return c.notFound()
  if (prefersPage(c)) return page(request, detailsPage(request, details))
  return c.json({
    success: true,
    ...detailsJson(details),
    isOwn: own.includes(details.handle),
  })
}

async function askToEnd(request: AdminRequest): Promise<Response> {
  const { c, all, own } = request
  const details = await all.show(c.req.param('handle') ?? '')
  if (!details) return c.notFound()
  const { handle } = details
  const isOwn = own.includes(handle)
  const question = {
    title: isOwn ? 'End your own session?' : 'End this session?',
    text: isOwn
      ? 'This is your current session. You will be signed out.'
      : 'The user of this session will be signed out.',
    action: `${request.base}/${handle}/end`,
    fields: { confirm: 'yes' },
    button: isOwn ? 'End my session' : 'End the session',
  }
  return page(request, questionPage(request, question))
}

async function askToEndOwner(request: AdminRequest): Promise<Response> {
  const { c, all, base } = request
  const fields = c.req.query()
  const { owners, ownerKey } = namedOwner(fields)
  const [found, ...others] = await findOwners(all, owners, ownerKey)
  if (!found || others.length > 0) {
    return c.redirect(`${base}?${new URLSearchParams(fields)}`, 303)
  }
  const { owner, sessions } = found
  const isOne = sessions === 1
  const question = {
    title: isOne ? 'End 1 session?' : `End ${sessions} sessions?`,
    text: isOne ? 'The user will be signed out.' : 'The user will be signed out on all devices.',
    subject: owner,
    action: `${base}/end-owner`,
    fields: {
      owner: String(owner),
      ownerType: typeof owner,
      ...(ownerKey !== undefined && { ownerKey }),
    },
    button: isOne ? 'End the session' : `End ${sessions} sessions`,
  }
  return page(request, questionPage(request, question))
}

function page(
  request: AdminRequest,
  content: (frame: Frame) => Html,
): Response | Promise<Response> {
  const { c, base, title } = request
  const nonce: unknown = c.get('secureHeadersNonce')
  const frame: Frame = {
    base,
    title,
    nonce: typeof nonce === 'string' ? nonce : undefined,
    tokens: installedIn(c)
      .filter(({ settings }) => settings.csrf.enabled)
      .map(({ settings }) => csrfUnder(c, settings.csrf.exposeAs, 'sessionAdmin').field()),
    search: c.req.query('owner') ?? '',
    query: c.req.query(),
    notice: noticeIn(c.req.query()),
  }
  return c.html(layout(frame, content(frame)))
}

/** The result of the previous action. It takes only numbers from the URL, so a link cannot put text into the page. */
function noticeIn({ ended, removed }: Record<string, string>): string | undefined {
  const said = (text: string | undefined, what: (count: number) => string) =>
    text !== undefined && /^\d{1,9}$/.test(text) ? what(Number(text)) : undefined
  return (
    said(ended, (count) =>
      count === 0
        ? 'No session was ended, because it had already ended.'
        : `${count} ${count === 1 ? 'session was' : 'sessions were'} ended.`,
    ) ??
    said(
      removed,
      (count) => `${count} expired ${count === 1 ? 'record was' : 'records were'} removed.`,
    )
  )
}
