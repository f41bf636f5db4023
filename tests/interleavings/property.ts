import type { Case } from './case.ts'
import {
  endedSessionsStayEnded,
  expiredSessionsStayExpired,
  idleTimeoutIsKept,
} from './rules/endings.ts'
import {
  everybodyCanSignIn,
  factsAreTheOwners,
  loginsKeepTheirCookie,
  loginsLast,
  movedRecordsStay,
  noForeignData,
} from './rules/logins.ts'
import {
  answersAreExpected,
  nothingIsAppliedTwice,
  noUpdateIsLost,
  oneRequestWins,
  refusedRequestsHaveNoEffects,
} from './rules/updates.ts'
import { deadCookiesShareNothing, firstWritesMeet } from './rules/visitors.ts'
import { play } from './run.ts'
import type { Orbit } from './world.ts'

const rules = [
  answersAreExpected,
  noForeignData,
  endedSessionsStayEnded,
  expiredSessionsStayExpired,
  idleTimeoutIsKept,
  loginsKeepTheirCookie,
  loginsLast,
  movedRecordsStay,
  factsAreTheOwners,
  everybodyCanSignIn,
  noUpdateIsLost,
  nothingIsAppliedTwice,
  refusedRequestsHaveNoEffects,
  oneRequestWins,
  firstWritesMeet,
  deadCookiesShareNothing,
]

/** Runs a case and throws an error with the rules that it broke, if any. */
export async function holds(orbit: Orbit, one: Case): Promise<void> {
  const run = await play(orbit, one)
  const problems = rules.flatMap((rule) => rule(run))
  if (problems.length > 0) throw new Error([...new Set(problems)].join('; '))
}
