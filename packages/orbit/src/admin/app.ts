import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { basePath } from 'hono/route'
import { fromOutside } from '../awaitable.ts'
import { aBoolean, aFunction, aName, refuse } from '../checks.ts'
import { installedIn } from '../installed.ts'
import { checked } from '../option-table.ts'
import { pageOf } from '../page.ts'
import { headersOf, prefersPage } from '../respond.ts'
import { handleOf } from '../session/id.ts'
import type { Awaitable } from '../stores/store.ts'
import { actions } from './actions.ts'
import { allSessions, type SessionsSource } from './all-sessions.ts'
import { icon, style } from './look.ts'
import { type AdminRequest, failed, isBadOwner } from './request.ts'
import { views } from './views.ts'

/** Options of `sessionAdmin`. */
export interface SessionAdminOptions {
  /**
   * Decides whether a request may see and end all sessions. Only `true`, or a promise of `true`, allows the request.
   * All other requests get the 404 of your app. Required.
   */
  allow: (c: Context) => Awaitable<boolean>
  /**
   * The source of the sessions: what `session()` returned, a Gravito core, or `sessionsOf(store, options)`. Default:
   * the `session()` that runs before it. If there are several, the one with the default name.
   */
  sessions?: SessionsSource | undefined
  /** Whether to show the values of a session's data. Default `false`: only the keys and types. */
  showData?: boolean | undefined
  /** The title of the page. Default `Sessions`. */
  title?: string | undefined
}

const rows = {
  allow: { check: aFunction },
  sessions: { check: () => {} },
  showData: { default: false, check: aBoolean },
  title: { default: 'Sessions', check: aName },
}

/**
 * Returns a small app for operators. It lists and ends sessions, as a page and as JSON. Mount it behind `session()`.
 * It ends a session only if the CSRF check has run for the request.
 *
 * @throws {SessionConfigError} if `allow` is missing or another option is not valid
 * @example
 * app.use(session())
 * app.route('/admin/sessions', sessionAdmin({ allow: (c) => isAdmin(c.get('session').userId) }))
 */
export function sessionAdmin(options: SessionAdminOptions): Hono {
  const { allow, sessions, showData, title } = checked<SessionAdminOptions, typeof rows>(
    'sessionAdmin',
    rows,
    Object(options),
  )
  if (allow === undefined) {
    return refuse(
      'sessionAdmin.allow',
      'is missing. Without it, everyone could end all sessions. Return true for operators only: sessionAdmin({ allow: (c) => isAdmin(c.get("session").userId) })',
    )
  }
  const given = sessions && allSessions(sessions)
  const requestOf = (c: Context): AdminRequest => ({
    c,
    all: given ?? allSessions(sessionsInFrontOf(c)),
    base: baseFrom(basePath(c).replace(/\/$/, ''), pathOf(c)),
    own: installedIn(c).map(({ visit }) => handleOf(visit.unit.random)),
    showData,
    title,
  })

  const app = new Hono()
  app.use(onlyAllowed(allow))
  app.get('/look.css', (c) => c.body(style, 200, { 'Content-Type': 'text/css; charset=UTF-8' }))
  app.get('/icon.svg', (c) => c.body(icon, 200, { 'Content-Type': 'image/svg+xml' }))
  for (const [path, view] of Object.entries(views))
    app.get(path, (c) => told(c, () => view(requestOf(c))))
  for (const [path, act] of Object.entries(actions)) {
    app.post(path, (c) => (isChecked(c) ? told(c, () => act(requestOf(c))) : unchecked(c)))
  }
  return app
}

/** All other requests get the same 404 as for a path that does not exist. */
function onlyAllowed(allow: SessionAdminOptions['allow']): MiddlewareHandler {
  return async function sessionAdminMiddleware(c, next) {
    const answer: unknown = await fromOutside(allow(c))
    if (answer !== true) {
      if (answer === false || answer === undefined || answer === null) return c.notFound()
      // The message shows only its type: it may be a secret that the app compares with another one.
      refuse('sessionAdmin.allow', `returned a ${typeof answer}; return true or false`)
    }
    c.header('Cache-Control', 'no-store')
    c.header('X-Content-Type-Options', 'nosniff')
    c.header('Content-Security-Policy', policy)
    return next()
  }
}

/** Allows no scripts, and nothing from another origin. */
const policy =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

/** A request with an invalid user gets a 400. */
async function told(c: Context, respond: () => Awaitable<Response>): Promise<Response> {
  try {
    return await respond()
  } catch (error) {
    if (isBadOwner(error)) return failed(c, 400, 'bad-owner', error.message)
    throw error
  }
}

/** Ensures that the CSRF check has run on this request, and that the request has passed it. */
function isChecked(c: Context): boolean {
  return installedIn(c).some(({ isVerified }) => isVerified)
}

function unchecked(c: Context): Response {
  const code = 'csrf-refused'
  const message =
    'No CSRF check has run on this request, so sessionAdmin() does not end sessions. Install session() before it, with csrf.enabled, without csrf.reportOnly, and without csrf.ignore for this path.'
  if (prefersPage(c)) {
    const advice = 'This page cannot end sessions, because it is not protected against CSRF.'
    const page = pageOf({ title: 'Request refused', advice, code, message })
    return new Response(page, { status: 403, headers: headersOf('text/html') })
  }
  return Response.json(
    { success: false, error: { code, message } },
    { status: 403, headers: headersOf('application/json') },
  )
}

function sessionsInFrontOf(c: Context): SessionsSource {
  const installed = installedIn(c)
  const found = installed.find(({ settings }) => settings.exposeAs === 'session') ?? installed[0]
  if (found) return c.get(`${found.settings.exposeAs}s`)
  return refuse(
    'sessionAdmin()',
    'finds no session() that runs before it. Call app.use(session()) first, or pass the option sessions',
  )
}

/** The path as the browser sees it. An app that is not strict drops a slash at the end, but relative links need it. */
function pathOf(c: Context): string {
  const { path, url } = c.req
  return !path.endsWith('/') && new URL(url).pathname.endsWith('/') ? `${path}/` : path
}

/**
 * The link from a page to the top page. It is relative, so that it also works behind a proxy that strips the
 * start of the path.
 */
function baseFrom(base: string, path: string): string {
  const name = base.slice(base.lastIndexOf('/') + 1)
  const depth = path.slice(base.length).split('/').length - 1
  if (name === '') return depth < 2 ? '.' : `${'../'.repeat(depth - 1)}.`
  return `./${'../'.repeat(depth)}${name}`
}
