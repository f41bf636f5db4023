import type { Who } from './case.ts'
import type { Op } from './perform.ts'
import type { Delivered, Run } from './run.ts'

/** Whether any request, or one of the given ones, asks for one of these. */
export function asksFor(run: Run, ...kinds: readonly Op['do'][]): boolean {
  return run.one.requests.some(({ ops }) => has(ops, ...kinds))
}

export function has(ops: readonly Op[], ...kinds: readonly Op['do'][]): boolean {
  return ops.some((op) => kinds.includes(op.do))
}

/** Whom the operations sign in last. */
export function lastLogin(ops: readonly Op[]): 'A' | 'B' | undefined {
  return ops.flatMap((op) => (op.do === 'login' ? [op.owner] : [])).at(-1)
}

/** Whether the request signs somebody in: who was not signed in before, or anybody by `signIn()`. */
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

/** Whether nobody knows what became of the request's changes. */
export function isUnknown({ status }: Delivered): boolean {
  return status === 503
}

/** How many of the request's operations are committed for certain. */
export function committed(answer: Delivered): number {
  const { ops } = answer.request
  if (!isKept(answer)) return answer.report.saved
  const end = ops.findIndex((op) => op.do === 'throw')
  return end < 0 ? ops.length : end
}

/** Whether the requests take longer than a moved record stands, so that nothing leads on from it. */
export function isSlow({ one }: Run): boolean {
  return one.pace === 'slow' || one.pace === 'busy'
}

/** Whether the cookie that everybody began with opened a session. */
export function isAliveAtStart({ one }: Run): boolean {
  return one.start !== 'expired' && one.start !== 'ended'
}

/** Whether the cookie is one that the browser has no longer. */
export function isOld(who: Who): boolean {
  return who === 'old-visitor' || who === 'old-stored'
}
