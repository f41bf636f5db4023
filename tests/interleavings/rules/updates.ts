import {
  asksFor,
  byBrowser,
  committed,
  has,
  isAliveAtStart,
  isKept,
  isOld,
  isSlow,
  isUnknown,
} from '../facts.ts'
import { isUnsure } from '../perform.ts'
import type { Delivered, Run } from '../run.ts'

/** Every response is one that the case allows (R6, R23). */
export function answersAreExpected(run: Run): string[] {
  const { answers, one } = run
  const isDead = !isAliveAtStart(run) || isSlow(run) || one.expiresAt !== undefined
  return answers.flatMap(({ status, name, request }) => {
    const isExpected =
      status === 200 ||
      status === 409 ||
      (status === 503 && one.faults.length > 0) ||
      // The token of a session that has ended, or that moved long ago.
      (status === 403 && (isDead || isOld(request.who) || asksFor(run, 'invalidate'))) ||
      request.ops.some((op) => op.do === 'throw' && op.status === status)
    return isExpected ? [] : [`R6: ${name} got the status ${status}`]
  })
}

/** Nothing is ever applied twice, whatever was lost (R23). */
export function nothingIsAppliedTwice({ views, answers }: Run): string[] {
  const most = answers.flatMap(({ request }) => request.ops).filter((op) => op.do === 'increment')
  return views.flatMap(({ data }) => {
    const list = Array.isArray(data.list) ? data.list.map(String) : []
    const problems = new Set(list).size < list.length ? [`R23: pushed twice: ${list.join()}`] : []
    const isTooMany = typeof data.count === 'number' && data.count > most.length
    return isTooMany
      ? [...problems, `R23: ${most.length} increments resulted in ${data.count}`]
      : problems
  })
}

/** A refused request has no effects except those that it committed before (R6). */
export function refusedRequestsHaveNoEffects({ answers, records, views }: Run): string[] {
  const stored = JSON.stringify([records, views])
  return answers.flatMap((answer) => {
    if (isKept(answer) || isUnknown(answer) || isUnsure(answer.request.ops)) return []
    const refused = answer.report.values.filter(({ at }) => at >= committed(answer))
    return refused
      .filter(({ value }) => stored.includes(value))
      .map(({ value }) => `R6: ${value} was stored by a request with the status ${answer.status}`)
  })
}

/**
 * The number of operations that are certainly in the browser's session. A visitor learns the id of the first
 * record from the response, so the changes that a request saved before it failed are under an id that no
 * browser has.
 */
function certainOf({ one }: Run, answer: Delivered): number {
  return one.start === 'visitor' && isUnknown(answer) ? 0 : committed(answer)
}

/** No update is lost if nothing ends or splits the session (R1). */
export function noUpdateIsLost(run: Run): string[] {
  const data = wholeSession(run)
  if (!data) return []
  const answers = byBrowser(run)
  const problems: string[] = []

  const adds = answers.map((answer) => {
    const counts = answer.request.ops.map((op) => op.do === 'increment')
    const certain = counts.slice(0, certainOf(run, answer)).filter(Boolean).length
    const isOpen = isUnknown(answer) || isUnsure(answer.request.ops)
    return { certain, possible: isOpen ? counts.filter(Boolean).length : certain }
  })
  const least = adds.reduce((sum, { certain }) => sum + certain, 0)
  const most = adds.reduce((sum, { possible }) => sum + possible, 0)
  const count = typeof data.count === 'number' ? data.count : 0
  if (count < least || count > most) {
    problems.push(`R1: ${least} to ${most} increments resulted in ${count}`)
  }

  const list = Array.isArray(data.list) ? data.list.map(String) : []
  const values = answers.flatMap((answer) =>
    answer.report.values.map((one) => ({ ...one, isCertain: one.at < certainOf(run, answer) })),
  )
  for (const { key, value, isCertain } of values) {
    if (key === 'list' && isCertain && !list.includes(value)) {
      problems.push(`R1: the push of ${value} is lost`)
    }
  }
  for (const key of ['x', 'y', 'z']) {
    const puts = values.filter((one) => one.key === key)
    const isPut = puts.some(({ isCertain }) => isCertain)
    if (isPut && !puts.some(({ value }) => value === data[key])) {
      problems.push(`R1: ${key} was put and is ${String(data[key])}`)
    }
  }
  return problems
}

/** One of the overlapping requests wins (R26). */
export function oneRequestWins(run: Run): string[] {
  const takers = run.answers.filter(({ report }) => report.took)
  const problems = takers.length > 1 ? [`R26: ${takers.length} requests took the ticket`] : []
  const data = wholeSession(run)
  const winners = run.answers.filter(({ report }) => report.claimed)
  if (!data || winners.length === 0) return problems
  if (winners.length > 1) problems.push(`R26: ${winners.length} requests claimed the same key`)
  if (!winners.some(({ name }) => name === data.once)) {
    problems.push(`R26: the key that was claimed is ${String(data.once)}`)
  }
  return problems
}

/**
 * The content of the session that the browser's cookie opens at the end, if all requests worked on that one
 * session. A sign-in whose session was already moved by another sign-in starts with its own changes only.
 */
function wholeSession(run: Run): Run['views'][number]['data'] | undefined {
  const { one, answers, views, last } = run
  const logins = one.requests.flatMap(({ ops }) => ops.filter((op) => op.do === 'login'))
  const owners = new Set(logins.map(({ owner }) => owner))
  const moves = asksFor(run, 'regenerate') || logins.some(({ renew }) => renew)
  const splits = logins.length > 0 && (moves || one.start === 'user' || owners.size > 1)
  const isCookieGone = answers.some(
    (answer) =>
      (answer.request.isLost && answer.cookies.session !== undefined) ||
      (isUnknown(answer) && has(answer.request.ops, 'login', 'regenerate')),
  )
  const isWhole =
    isAliveAtStart(run) &&
    !isSlow(run) &&
    one.expiresAt === undefined &&
    one.requests.every(({ who }) => who === 'browser') &&
    !asksFor(run, 'invalidate', 'forget-owner', 'clear') &&
    !splits &&
    !isCookieGone
  return isWhole ? views.find(({ cookie }) => cookie === last)?.data : undefined
}
