import { asksFor, byBrowser, isSlow } from '../facts.ts'
import { marker, type Run } from '../run.ts'

/**
 * After a successful `invalidate()`, only moved records of the session are left (R2). If a sign-in moved the
 * data first, the `invalidate()` fails with 409. An `invalidate()` after a sign-in in the same request ends the
 * new session.
 */
export function endedSessionsStayEnded(run: Run): string[] {
  const { one, records, views, first } = run
  const isEnded = byBrowser(run).some(({ status, request: { ops } }) => {
    const at = ops.findIndex((op) => op.do === 'invalidate')
    return status === 200 && at >= 0 && ops.slice(0, at).every((op) => op.do !== 'login')
  })
  // After the moved record has expired, an invalidate() does not find the session that was moved.
  const moves = asksFor(run, 'regenerate', 'login', 'forget-owner', 'clear')
  const isLost = isSlow(run) && moves
  if (!isEnded || isLost || (one.start !== 'guest' && one.start !== 'user')) return []
  const problems: string[] = []
  // A move that failed halfway may leave a record whose id was not sent to any browser.
  const live = one.faults.length > 0 ? [] : records.filter(({ movedTo }) => !movedTo)
  if (live.some(({ data }) => data.includes(marker))) {
    problems.push('R2: an ended session is stored')
  }
  if (JSON.stringify(views).includes(marker)) problems.push('R2: an ended session is read')
  const ended = views.find(({ cookie }) => cookie === first)?.data ?? {}
  if (Object.keys(ended).length > 0) problems.push('R2: an ended cookie opens a later session')
  if (one.start === 'user' && !asksFor(run, 'login') && views.some(({ data }) => data.userId)) {
    problems.push('R2: a user is signed in after signing out')
  }
  return problems
}

/** No session and no later request gets expired data back (R2). */
export function expiredSessionsStayExpired({ one, answers, views, expiredAt }: Run): string[] {
  const isDead = one.start === 'expired' || one.start === 'ended'
  const since = isDead ? Number.NEGATIVE_INFINITY : expiredAt
  if (since === undefined) return []
  const later = answers.filter(({ beganAt }) => beganAt >= since).map(({ report }) => report.before)
  const seen = JSON.stringify([later, views])
  return seen.includes(marker) ? ['R2: an expired session is read'] : []
}

/**
 * A session ends between the idle timeout and one touch interval later (R10). A touch that finds a newer
 * version retries once. If several polls write during the touch, the retry may fail too.
 */
export function idleTimeoutIsKept({ idle, one }: Run): string[] {
  if (!idle) return []
  const polls = one.requests.filter(({ isPoll }) => isPoll)
  const problems: string[] = []
  if (!idle.isAliveBefore && polls.length < 2)
    problems.push('R10: a session ended before its idle timeout')
  if (idle.isAliveAfter) problems.push('R10: a session outlived its idle timeout')
  return problems
}
