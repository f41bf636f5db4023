import type { Who } from '../case.ts'
import { byBrowser, isSlow, lastLogin } from '../facts.ts'
import type { Run } from '../run.ts'

/** The first writes of one visitor create one session (R5). */
export function firstWritesMeet(run: Run): string[] {
  const { one, records } = run
  const isPlain =
    one.start === 'visitor' &&
    one.faults.length === 0 &&
    one.expiresAt === undefined &&
    !isSlow(run) &&
    one.requests.every(
      ({ who, ops }) =>
        who === 'browser' &&
        ops.every((op) => op.do === 'wait' || op.do === 'put' || op.do === 'increment') &&
        ops.some((op) => op.do !== 'wait'),
    ) &&
    byBrowser(run).every(({ status }) => status === 200)
  return isPlain && records.length !== 1 ? [`R5: ${records.length} records of one visitor`] : []
}

/** Two browsers with the same cookie of an ended session do not read each other's data (R5). */
export function deadCookiesShareNothing({ one, answers, views, expiredAt }: Run): string[] {
  const isDead = one.start === 'expired' || one.start === 'ended'
  const since = isDead ? Number.NEGATIVE_INFINITY : expiredAt
  if (since === undefined) return []
  const writers = new Map(answers.map(({ name, request }) => [name, request.who]))
  const later = answers
    .filter(({ beganAt }) => beganAt >= since)
    .map(({ request, report }) => ({ who: request.who, data: report.before ?? {} }))
  // Requests with the same visitor's cookie share a session, so this rule does not apply to them.
  const isVisitors = (who: Who) => who === 'old-visitor' || one.start === 'visitor'
  // A request that can sign in as a user may read that user's data.
  const signsInAs = (who: Who, userId: unknown) =>
    answers.some(({ request }) => request.who === who && lastLogin(request.ops) === userId)
  const mayRead = (reader: Who, writer: Who, { userId }: Readonly<Record<string, unknown>>) =>
    reader === writer ||
    (isVisitors(reader) && isVisitors(writer)) ||
    (userId !== undefined && signsInAs(reader, userId))
  return [...later, ...views].flatMap(({ who, data }) => {
    const authors = valuesIn(data).flatMap((value) => writers.get(value.split('.')[0] ?? '') ?? [])
    return authors
      .filter((writer) => !mayRead(who, writer, data))
      .map((writer) => `R5: the ${who} read what the ${writer} entered`)
  })
}

function valuesIn(data: Readonly<Record<string, unknown>>): string[] {
  return Object.values(data)
    .flat()
    .filter((value) => typeof value === 'string')
}
