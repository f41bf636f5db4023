import type { Who } from './case.ts'
import type { Op } from './perform.ts'
import type { Delivered, Run } from './run.ts'

/** Whether any request of the case, or one of the given requests, has one of these operations. */
export function asksFor(run: Run, ...kinds: readonly Op['do'][]): boolean {
  return run.one.requests.some(({ ops }) => has(ops, ...kinds))
}

export function has(ops: readonly Op[], ...kinds: readonly Op['do'][]): boolean {
  return ops.some((op) => kinds.includes(op.do))
}

/** The user that the operations sign in last. */
export function lastLogin(ops: readonly Op[]): 'A' | 'B' | undefined {
  return ops.flatMap((op) => (op.do === 'login' ? [op.owner] : [])).at(-1)
}

/** Whether the request signs a user in: a new user, or any user with `signIn()`. */
export function signsIn({ request, report }: Delivered): boolean {
  const { ops } = request
  const owner = lastLogin(ops)
  const isMeant = has(ops, 'invalidate') || ops.some((op) => op.do === 'login' && op.renew)
  return owner !== undefined && (isMeant || owner !== report.before?.userId)
}

export function byBrowser(run: Run): readonly Delivered[] {
  return run.answers.filter(({ request }) => request.who === 'browser')
}

/** Whether the response says that the request's changes are stored. */
export function isKept({ status }: Delivered): boolean {
  return status === 200 || status === 400
}

/** Whether the outcome of the request's changes is unknown. */
export function isUnknown({ status }: Delivered): boolean {
  return status === 503
}

/** The number of operations of the request that are certainly committed. */
export function committed(answer: Delivered): number {
  const { ops } = answer.request
  if (!isKept(answer)) return answer.report.saved
  const end = ops.findIndex((op) => op.do === 'throw')
  return end < 0 ? ops.length : end
}

/**
 * Whether the requests take longer than a moved record lasts, so that an old id no longer leads to the new one.
 */
export function isSlow({ one }: Run): boolean {
  return one.pace === 'slow' || one.pace === 'busy'
}

/** Whether the first cookie opened a session. */
export function isAliveAtStart({ one }: Run): boolean {
  return one.start !== 'expired' && one.start !== 'ended'
}

/** Whether the browser has replaced this cookie. */
export function isOld(who: Who): boolean {
  return who === 'old-visitor' || who === 'old-stored'
}
