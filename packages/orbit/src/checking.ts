import type { Context } from 'hono'
import type { Settings } from './config.ts'
import { sessionCookieName } from './cookies.ts'
import { type Check, checkOf } from './csrf/guard.ts'
import { judgeRequest } from './csrf/judge.ts'
import type { refusalLog } from './csrf/log.ts'
import { messageOf } from './csrf/messages.ts'
import { refusalOf } from './csrf/refusal.ts'
import { isFromElsewhere, judgeSource } from './csrf/source.ts'
import { movedError, SessionError } from './errors.ts'
import type { CsrfRefusal } from './events.ts'
import type { Installed } from './installed.ts'
import { quote } from './quote.ts'
import { handleOf } from './session/id.ts'
import { adoptCheck, ignoredOptions, refuseCollision } from './several-sessions.ts'
import type { Visit } from './visit.ts'

export { isFromElsewhere, refuseCollision }

/** Before the handler runs: is the request the user's own, and for the session as it is? */
export async function refuse(
  c: Context,
  installed: Installed,
  settings: Settings,
  check: Exclude<Check, 'nothing'>,
  log: ReturnType<typeof refusalLog>,
): Promise<Response | undefined> {
  const { csrf } = settings
  const { visit } = installed
  const { unit } = visit
  unit.look()
  const isAsked = csrf.enabled && (await csrf.ignores(c)) !== true
  const reason = isAsked ? await judge(c, installed, settings, check) : undefined
  if (isAsked && !reason && !csrf.reportOnly) installed.isVerified = true
  if (reason) {
    const failure = { reason, message: messageFor(c, reason, visit, settings) }
    const { reportOnly } = csrf
    unit.engine.emit({
      type: 'csrf:refused',
      handle: handleOf(unit.state.random),
      reason,
      reportOnly,
    })
    log(c, failure, reportOnly)
    if (!reportOnly) {
      unit.refuse()
      return refusalOf(c, failure, csrf)
    }
  }
  const { state } = unit
  if (check !== 'origin' && state.kind === 'moved' && state.stored.record.owner !== undefined) {
    unit.engine.emit({ type: 'session:moved', handle: state.stored.key, outcome: 'refused' })
    throw movedError()
  }
  return undefined
}

/**
 * A second `session()` under the name of the first one. It brings no session; but its CSRF check must
 * not be skipped in silence, for it may be stricter than the first one's.
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
      `session() is installed twice under the name ${quote(settings.exposeAs)}. The first one decides, so these options of the second one have no effect: ${ignored.join(', ')}. For a session of its own, give the second one another exposeAs, cookie.name, csrf.exposeAs and csrf.cookieName.`,
    )
  }
  if (!settings.csrf.enabled) return undefined
  adoptCheck(c, installed, settings)
  const check = checkOf(c)
  if (check === 'nothing') return undefined
  return refuse(c, installed, { ...installed.settings, csrf: settings.csrf }, check, log)
}

async function judge(
  c: Context,
  { visit: { unit, running, known }, isVerified }: Installed,
  { csrf }: Settings,
  check: Check,
): Promise<CsrfRefusal | undefined> {
  const { state } = unit
  const isVisitor = state.kind === 'visitor'
  // There is no token to ask for: with an upgrade, a browser sends no header of the app's; outside of
  // the cookie's path, it sends no cookie.
  const hasNoToken = check === 'origin' || (isVisitor && state.from === 'outside')
  if (hasNoToken || isVerified) return judgeSource(c, csrf)
  const isOver = isVisitor && state.from !== 'cookie'
  const expected = known && {
    current: unit.random,
    token: unit.random === known.id.random ? known.token : undefined,
    expired: isOver ? known.id.random : undefined,
  }
  const reason = await judgeRequest(c, csrf, running.keyring, expected)
  if (reason === 'late') return refuseLate(csrf.formTimeoutMs, csrf.reportOnly)
  // A token of an id that cannot be looked up may be good.
  const isUnsure = reason === 'mismatch' || reason === 'no-session'
  if (isUnsure && state.kind === 'unavailable') throw state.error
  return reason
}

function refuseLate(timeoutMs: number, reportOnly: boolean): undefined {
  if (reportOnly) return
  throw new SessionError(
    'session-form-timeout',
    `The form did not arrive in time: its first bytes, which are searched for the CSRF token, took longer than ${timeoutMs / 1000} seconds. Send it again.`,
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
