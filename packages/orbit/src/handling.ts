import type { Context, MiddlewareHandler } from 'hono'
import { andThen, orElse } from './awaitable.ts'
import type { SessionOptions, Settings } from './config.ts'
import { connectionOf, isWithinPath } from './cookies.ts'
import { checkOf, isSafe } from './csrf/guard.ts'
import { refusalLog } from './csrf/log.ts'
import { cookiesOf, isNewlyStored } from './due-cookies.ts'
import type { makeEngine } from './engine.ts'
import type { EngineSource } from './engine-source.ts'
import { inPreferredForm, preferPage } from './error-page.ts'
import { SessionError } from './errors.ts'
import { type Installed, install, installedAs, installedIn, refuseTakenNames } from './installed.ts'
import { note } from './made.ts'
import { onDemand } from './on-demand.ts'
import { openVisit, outsideVisit, unreachableVisit } from './open-visit.ts'
import { discardAnswer, editHeaders, markPrivate } from './respond.ts'
import { isWorkers, keepGoing } from './runtime.ts'
import { makeServings } from './serving.ts'
import type { Ageing } from './session/flash.ts'
import { Sessions } from './sessions.ts'
import type { Awaitable } from './stores/store.ts'
import type { Surroundings } from './surroundings.ts'
import type { Visit } from './visit.ts'

/** The code that is needed before an unsafe request's handler, and by a second session of an app. */
const checking = onDemand(() => import('./checking.ts'))

/** The middleware, with what an app calls when it starts and when it shuts down. */
export interface Handling extends MiddlewareHandler {
  ready(): Promise<void>
  close(): Promise<void>
  readonly sessions: Sessions
}

/** `session()` with the log and the listeners of the app. */
export function makeMiddleware(options: SessionOptions, app: Surroundings): Handling {
  const servings = makeServings(options, app)
  const { around, atBoot } = servings
  const base = atBoot.settings
  const onWorkers = isWorkers()
  const isSecure = secureCheck(around)
  const logRefusal = refusalLog(around.warn, base.now)

  const warnOnce = onceFor(around.warn)
  const warnOfDomain = domainCheck(base, around)

  const middleware: MiddlewareHandler = async function sessionMiddleware(c, next) {
    const earlier = installedAs(c, base.exposeAs)
    if (earlier) {
      const second = orElse(
        () =>
          andThen(checking(), ({ refuseSecond }) =>
            refuseSecond(c, earlier, { options, settings: base }, logRefusal, warnOnce),
          ),
        (error) => failedCheck(c, earlier, error),
      )
      return (await second) ?? next()
    }
    const { settings, engine } = servings.of(c)
    const others = installedIn(c)
    if (others.length > 0) (await checking()).refuseCollision(settings, others)
    refuseTakenNames(c, settings)
    const isInside = isWithinPath(settings.cookie, c.req.url)
    const opening = isInside
      ? andThen(isSecure(c, settings), (secure) => visitOf(c, engine, settings, secure))
      : outsideVisit(c, settings, engine.withoutStore())
    const visit = opening instanceof Promise ? await opening : opening
    const installed = install(c, options, settings, visit)

    const check = checkOf(c)
    if (check !== 'nothing') {
      const refusing = orElse(
        () =>
          andThen(checking(), ({ refuse }) => refuse(c, installed, settings, check, logRefusal)),
        (error) => {
          // The commit does not run after this, so the app's error handler must not rely on it.
          visit.unit.refuse()
          return failedCheck(c, installed, error)
        },
      )
      const refusal = refusing instanceof Promise ? await refusing : refusing
      if (refusal) return refusal
    }
    try {
      await next()
    } catch (thrown) {
      // Hono does not catch a thrown value that is not an Error. The app sends the response, but the session must
      // still end here.
      if (thrown instanceof SessionError) visit.unit.failures.report(thrown)
      visit.unit.drop()
      await finishQuietly(visit)
      throw thrown
    }
    // Hono responds with this error and does not log it, but the developer must see it.
    if (c.error instanceof SessionError) {
      visit.unit.failures.report(c.error)
      await preferPage(c, c.error)
    }
    if (!isInside || !visit.isUsed) {
      visit.remember()
      return visit.close()
    }
    const leaving = leave(c, visit, installed.settings, engine)
    if (onWorkers && leaving instanceof Promise) keepGoing(c, leaving)
    if (leaving instanceof Promise ? await leaving : leaving) await warnOfDomain(c)
  }
  const { ready, keyless } = atBoot.engine
  const { close } = servings
  const sessions = new Sessions(keyless)
  note({ middleware, settings: base, sessions, close })
  return Object.assign(middleware, { ready, close, sessions })
}

/** Reports an error of the check. A browser gets it as a page. */
async function failedCheck(c: Context, { visit }: Installed, error: unknown): Promise<never> {
  if (error instanceof SessionError) visit.unit.failures.report(error)
  throw await inPreferredForm(c, error)
}

/** The visit of a request. Usually the secret is known, so nothing waits. */
function visitOf(
  c: Context,
  engine: ReturnType<typeof makeEngine>,
  settings: Settings,
  secure: boolean,
): Awaitable<Visit> {
  return orElse(
    () => andThen(engine.start(), (running) => openVisit(c, running, settings, secure, engine)),
    (error) => {
      if (!(error instanceof SessionError)) throw error
      return unreachableVisit(c, settings, engine.withoutStore(), error)
    },
  )
}

/** Runs after the handler: the commit, then cookies and headers. Returns whether it has set cookies. */
function leave(
  c: Context,
  visit: Visit,
  settings: Settings,
  source: EngineSource,
): Awaitable<boolean> {
  if (c.res.status === 101) return leaveUpgraded(visit)
  return orElse(
    () => {
      const finished = visit.unit.finish(() => ageingOf(c, settings))
      const cookies = andThen(finished, (isFresh) => {
        visit.remember()
        const signing = isNewlyStored(visit) ? source.confirm(visit.running) : visit.running
        return andThen(signing, (running) =>
          andThen(strangeness(c, settings, visit), (isStrange) =>
            cookiesOf(visit, running, settings, isFresh, isStrange),
          ),
        )
      })
      return andThen(cookies, (cookies) => {
        editHeaders(c, (headers) => markPrivate(headers, cookies))
        return cookies.length > 0
      })
    },
    async (error) => {
      discardAnswer(c)
      throw await inPreferredForm(c, error)
    },
  )
}

/**
 * The connection is now a WebSocket, and on Deno the request can no longer be used. Headers cannot be read or set,
 * and nothing would receive an error, so a failure becomes an event.
 */
async function leaveUpgraded(visit: Visit): Promise<boolean> {
  await finishQuietly(visit)
  return false
}

async function finishQuietly({ unit }: Visit): Promise<void> {
  try {
    await unit.finish(() => 'read')
  } catch {
    // The failure has already been reported.
  }
}

/**
 * Whether the browser withheld our cookies because of SameSite: with Lax for unsafe requests from other sites,
 * with Strict for all requests from other sites. This does not matter if the request carried a cookie or has written.
 */
function strangeness(
  c: Context,
  { cookie }: Settings,
  { known, unit }: Visit,
): Awaitable<() => boolean> {
  const isBare = !isSafe(c.req.method) || cookie.sameSite === 'strict'
  if (!isBare || known || unit.wrote) return isOrdinary
  return andThen(checking(), (part) => () => part.isFromElsewhere(c))
}

const isOrdinary = () => false

/** Which flash messages this response removes. A response that no user sees removes none. */
function ageingOf(c: Context, settings: Settings): Ageing {
  if (c.req.method === 'HEAD' || isPrefetch(c)) return 'none'
  return settings.flashLifetime === 'until-read' || c.res.status >= 300 ? 'read' : 'all'
}

/** Headers of browsers that load a page before the user asks for it, new and old names. */
const prefetchHeaders = ['Sec-Purpose', 'Purpose', 'X-Purpose', 'X-Moz']

function isPrefetch(c: Context): boolean {
  return prefetchHeaders.some((name) =>
    /prefetch|prerender|preview/i.test(c.req.raw.headers.get(name) ?? ''),
  )
}

/** Logs each message once. */
function onceFor(warn: (message: string) => void): (message: string) => void {
  let hasWarned = false
  return (message) => {
    if (!hasWarned) warn(message)
    hasWarned = true
  }
}

/** Whether the cookies of a request are Secure. Warns once if that prevents the browser from sending them back. */
function secureCheck(around: Surroundings): (c: Context, settings: Settings) => Awaitable<boolean> {
  let hasWarned = false
  return (c, { cookie: { secure } }) => {
    if (secure === false) return false
    const connection = connectionOf(c)
    if (secure === 'auto' && connection === 'loopback') return false
    if (connection !== 'plain' || hasWarned) return true
    const warning = warned(({ insecure }) => {
      if (!hasWarned) around.warn(insecure)
      hasWarned = true
    })
    return warning.then(() => true)
  }
}

/** Warns once if browsers ignore cookies with the configured domain. */
function domainCheck(
  { cookie: { domain } }: Settings,
  around: Surroundings,
): (c: Context) => Awaitable<void> {
  const warn = onceFor(around.warn)
  return (c) => {
    if (domain === undefined) return
    return warned(({ foreignDomain, isForeignDomain }) => {
      if (isForeignDomain(domain, c.req.url))
        warn(foreignDomain(domain, c.req.header('Host') ?? ''))
    })
  }
}

const warnings = onDemand(() => import('./warnings.ts'))

/** If the warning cannot be loaded, the request still succeeds. */
async function warned(warn: (part: typeof import('./warnings.ts')) => void): Promise<void> {
  try {
    warn(await warnings())
  } catch {
    // The next request tries again.
  }
}
