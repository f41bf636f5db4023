import type { Context } from 'hono'
import { andThen, fromOutside } from './awaitable.ts'
import type { Settings } from './config.ts'
import { sessionCookieName } from './cookies.ts'
import { type Check, checkOf } from './csrf/guard.ts'
import { judgeRequest } from './csrf/judge.ts'
import type { refusalLog } from './csrf/log.ts'
import { messageOf } from './csrf/messages.ts'
import { refusalOf } from './csrf/refusal.ts'
import { isFromElsewhere, judgeSource } from './csrf/source.ts'
import { SessionError, staleError } from './errors.ts'
import type { CsrfRefusal } from './events.ts'
import type { Installed } from './installed.ts'
import { quote } from './quote.ts'
import { refusedHeader } from './respond.ts'
import { handleOf } from './session/id.ts'
import type { UnitOfWork } from './session/unit.ts'
import { adoptCheck, ignoredOptions, refuseCollision } from './several-sessions.ts'
import type { Awaitable } from './stores/store.ts'
import type { Visit } from './visit.ts'

export { isFromElsewhere, refuseCollision }

/** Runs before the handler. Checks that a page of this site sent the request, and that the session still has its id. */
export function refuse(
  c: Context,
  installed: Installed,
  settings: Settings,
  check: Exclude<Check, 'nothing'>,
  log: ReturnType<typeof refusalLog>,
): Awaitable<Response | undefined> {
  const { csrf } = settings
  const { unit } = installed.visit
  unit.look()
  return andThen(!csrf.enabled || fromOutside(csrf.ignores(c)), (isIgnored) => {
    if (isIgnored === true) return refuseMoved(c, unit, check)
    return andThen(judge(c, installed, settings, check), (reason) => {
      const refusal = reason && refuseBecause(reason, c, installed, settings, log)
      if (refusal) return refusal
      if (!reason && !csrf.reportOnly) installed.isVerified = true
      return refuseMoved(c, unit, check)
    })
  })
}

/** @returns nothing if refusals are only reported */
function refuseBecause(
  reason: CsrfRefusal,
  c: Context,
  { visit }: Installed,
  settings: Settings,
  log: ReturnType<typeof refusalLog>,
): Awaitable<Response> | undefined {
  const { csrf } = settings
  const { unit } = visit
  const { reportOnly } = csrf
  const failure = { reason, message: messageFor(c, reason, visit, settings) }
  const handle = handleOf(unit.state.random)
  unit.engine.emit({ type: 'csrf:refused', handle, reason, reportOnly })
  log(c, failure, reportOnly)
  if (reportOnly) return undefined
  unit.refuse()
  return refusalOf(c, failure, csrf)
}

/** The old id of a signed-in session must not change anything. */
function refuseMoved(c: Context, { engine, state }: UnitOfWork, check: Check): undefined {
  if (check === 'origin' || state.kind !== 'moved' || state.stored.record.owner === undefined)
    return undefined
  engine.emit({ type: 'session:moved', handle: state.stored.key, outcome: 'refused' })
  const error = staleError()
  // Needed if the app's error handler creates the response. The error's own response has this header already.
  c.header(refusedHeader, error.code)
  throw error
}

/**
 * For a second `session()` under the same name. It has no effect on sessions, but its CSRF check may be
 * stricter than the first one, so it must not be skipped silently.
 */
export async function refuseSecond(
  c: Context,
  installed: Installed,
  { options, settings }: Pick<Installed, 'options' | 'settings'>,
  log: ReturnType<typeof refusalLog>,
  warn: (message: string) => void,
): Promise<Response | undefined> {
  if (installed.options === options) return undefined
  const ignored = ignoredOptions(installed.options, options)
  if (ignored.length > 0) {
    warn(
      `session() is installed twice under the name ${quote(settings.exposeAs)}. The options of the first one apply, so these options of the second one have no effect: ${ignored.join(', ')}. For a separate session, give the second one its own exposeAs, cookie.name, csrf.exposeAs and csrf.cookieName.`,
    )
  }
  if (!settings.csrf.enabled) return undefined
  adoptCheck(c, installed, settings)
  const check = checkOf(c)
  if (check === 'nothing') return undefined
  return refuse(c, installed, { ...installed.settings, csrf: settings.csrf }, check, log)
}

function judge(
  c: Context,
  { visit: { unit, running, known }, isVerified }: Installed,
  { csrf }: Settings,
  check: Check,
): Awaitable<CsrfRefusal | undefined> {
  const { state } = unit
  const isVisitor = state.kind === 'visitor'
  // In these cases the request cannot have a token. For an upgrade, a browser sends no header of the app. Outside
  // of the cookie path, it sends no cookie.
  const hasNoToken = check === 'origin' || (isVisitor && state.from === 'outside')
  if (hasNoToken || isVerified) return judgeSource(c, csrf)
  const isOver = isVisitor && state.from !== 'cookie'
  const expected = known && {
    current: unit.random,
    token: unit.random === known.id.random ? known.token : undefined,
    expired: isOver ? known.id.random : undefined,
  }
  return andThen(judgeRequest(c, csrf, running.keyring, expected), (reason) => {
    if (reason === 'late') return refuseLate(csrf.formTimeoutMs, csrf.reportOnly)
    // If the id cannot be looked up, its token may still be valid.
    const isUnsure = reason === 'mismatch' || reason === 'no-session'
    if (isUnsure && state.kind === 'unavailable') throw state.error
    return reason
  })
}

function refuseLate(timeoutMs: number, reportOnly: boolean): undefined {
  if (reportOnly) return
  throw new SessionError(
    'session-form-timeout',
    `The form did not arrive in time: the bytes that may contain the CSRF token took longer than ${timeoutMs / 1000} seconds. Send it again.`,
  )
}

function messageFor(
  c: Context,
  reason: CsrfRefusal,
  { carried, secure }: Visit,
  { csrf, cookie }: Settings,
): string {
  const name = sessionCookieName(cookie, secure)
  const wasSent = carried.session.length > 0
  return messageOf({ c, reason, csrf, cookie: { name, csrfName: cookie.csrfName, wasSent } })
}
