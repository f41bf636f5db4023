import { decode } from '../../../packages/orbit/src/session/encoding.ts'
import { asksFor, byBrowser, has, isAliveAtStart, isSlow, lastLogin, signsIn } from '../facts.ts'
import type { Delivered, Run } from '../run.ts'

/**
 * No request reads data of another user. If a request removes the owner, the data stays in a
 * session without one.
 */
export function noForeignData(run: Run): string[] {
  if (asksFor(run, 'forget-owner', 'clear')) return []
  const views = [
    ...run.views.map(({ data }) => data),
    ...run.answers.map(({ report }) => report.before),
  ]
  return views.flatMap((data = {}) =>
    Object.values(data).flatMap((value) => {
      const owner = typeof value === 'string' ? /:(A|B)$/.exec(value)?.[1] : undefined
      const reader = String(data.userId ?? 'nobody')
      return owner && reader !== owner ? [`R4: data of ${owner} was read by ${reader}`] : []
    }),
  )
}

/** The cookie of a sign-in is not overwritten by a response that arrives later (R4). */
export function loginsKeepTheirCookie(run: Run): string[] {
  if (!promisesCookies(run)) return []
  const delivered = arrived(run)
  const firstLogin = delivered.findIndex((answer) => isLogin(run, answer))
  if (firstLogin < 0) return []
  return delivered
    .slice(firstLogin + 1)
    .filter((answer) => answer.cookies.session !== undefined && !signsIn(answer))
    .map(({ name }) => `R4: ${name} overwrote the cookie of a login`)
}

/** A sign-in stays valid until something ends it (R4). */
export function loginsLast(run: Run): string[] {
  const isEnded = asksFor(run, 'invalidate', 'forget-owner', 'clear')
  // A later sign-in of the same user moves the session. It may use an older cookie of the session, or its
  // response may be lost.
  const isShared = run.one.requests.some(
    ({ who, ops, isLost }) => (who !== 'browser' || isLost) && lastLogin(ops) !== undefined,
  )
  if (isEnded || isShared || !promisesCookies(run)) return []
  if (!arrived(run).some((answer) => isLogin(run, answer))) return []
  const last = run.views.find(({ cookie }) => cookie === run.last)
  return last?.data.userId == null ? ['R4: a login did not last'] : []
}

/** The browser's responses, in the order in which they arrived. */
function arrived(run: Run): readonly Delivered[] {
  return byBrowser(run).filter(({ request }) => !request.isLost)
}

/** Whether the request signed a user in, to a session that has not expired since. */
function isLogin({ expiredAt = 0 }: Run, answer: Delivered): boolean {
  const { status, report, beganAt } = answer
  return status === 200 && signsIn(answer) && report.owner !== null && beganAt >= expiredAt
}

/** A request that moves the session early reports the move only at its end, so its response counts as late. */
function promisesCookies(run: Run): boolean {
  const movesEarly = run.one.requests.some(
    ({ ops }) =>
      (has(ops, 'regenerate', 'invalidate') || ops.some((op) => op.do === 'login' && op.renew)) &&
      has(ops, 'save', 'take', 'claim', 'attempt'),
  )
  return !isSlow(run) && !movesEarly && isAliveAtStart(run)
}

/** A moved record does not change: the old id reads what the session contained before the move (R4). */
export function movedRecordsStay({ writes }: Run): string[] {
  const touched = writes.filter(
    ({ before, after }) => before?.movedTo && before.instance === after?.instance,
  )
  return touched.length > 0 ? ['R4: a moved record was written to'] : []
}

/**
 * Internal data of a sign-in, such as its time, never gets into the session of another user, or into a session
 * without a user (ASVS 7.5.1).
 */
export function factsAreTheOwners({ writes }: Run): string[] {
  const foreign = writes.filter(({ after }) => {
    const facts = after && decode(after.data)?.facts
    return facts !== undefined && facts.owner !== after?.owner
  })
  return foreign.length > 0 ? ['a record has internal data of another owner'] : []
}

/** One lost response does not prevent a sign-in: after loading a page, a sign-in works. */
export function everybodyCanSignIn({ signIn }: Run): string[] {
  const { page, status, isSignedIn } = signIn
  if (page === 200 && status === 200 && isSignedIn) return []
  return [`R4: a sign-in is not possible: the page was ${page}, the sign-in ${status}`]
}
