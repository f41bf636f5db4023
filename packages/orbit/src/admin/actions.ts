import type { Context } from 'hono'
import { ownerJson } from './json.ts'
import { findOwners, ownerTypes } from './owner-text.ts'
import { type AdminRequest, failed, namedOwner, prefersPage } from './request.ts'

/** The requests of the admin app that change sessions. All of them run after the CSRF check. */
export const actions: Readonly<Record<string, (request: AdminRequest) => Promise<Response>>> = {
  '/end-owner': endOwner,
  '/prune': async ({ c, all, base }) => done(c, base, { removed: await all.prune() }),
  '/:handle/end': endOne,
}

async function endOwner({ c, all, base }: AdminRequest): Promise<Response> {
  const { owners, ownerKey } = namedOwner(await fieldsOf(c))
  if (owners.length === 0) return failed(c, 400, 'bad-owner', 'The field owner is missing.')
  const found = owners.length === 1 ? owners : await withSessions(all, owners, ownerKey)
  const [owner, ...others] = found
  if (others.length > 0) return failed(c, 400, 'bad-owner', severalOwners)
  if (owner === undefined) return done(c, base, { ended: 0 })
  return done(c, base, { ...ownerJson(owner), ended: await all.endOwner(owner, ownerKey) })
}

async function withSessions(...search: Parameters<typeof findOwners>) {
  return (await findOwners(...search)).map(({ owner }) => owner)
}

const severalOwners = `Users of several types have this id. Send ownerType: ${ownerTypes.join(', ')}.`

async function endOne({ c, all, base, own }: AdminRequest): Promise<Response> {
  const handle = c.req.param('handle') ?? ''
  const { confirm } = await fieldsOf(c)
  const isSure = confirm === 'yes' || confirm === true
  if (own.includes(handle) && !isSure) {
    return failed(c, 409, 'own-session', 'This is your own session. To end it, send confirm: true.')
  }
  const isEnded = await all.end(handle)
  if (!isEnded && !prefersPage(c)) {
    return failed(c, 404, 'no-session', 'There is no session with this handle.')
  }
  return done(c, base, { ended: isEnded ? 1 : 0 })
}

/** The fields of a form or of a JSON body. Any other body has no fields. */
async function fieldsOf(c: Context): Promise<Record<string, unknown>> {
  const type = c.req.header('Content-Type') ?? ''
  if (!type.includes('json')) return c.req.parseBody().catch(() => ({}))
  const body: unknown = await c.req.json().catch(() => undefined)
  return typeof body === 'object' && body !== null ? { ...body } : {}
}

/** Redirects a browser to the list, which shows the result. */
function done(c: Context, base: string, result: Record<string, unknown>): Response {
  if (!prefersPage(c)) return c.json({ success: true, ...result })
  const counts = Object.entries(result).filter(([name]) => name === 'ended' || name === 'removed')
  const query = counts.map(([name, count]) => `${name}=${count}`).join('&')
  return c.redirect(`${base}?${query}`, 303)
}
