import type { Change } from './browser.ts'

/** What came of a change: the app said yes, said no, or nobody knows. */
export type Outcome = 'acknowledged' | 'refused' | 'unknown'

/** A change that was sent, and what was heard of it. */
export interface Sent {
  readonly change: Change
  /** Whether it carried the cookie of the session as it was at the round's start. */
  readonly isOld: boolean
  readonly outcome: Outcome
  /** What `take` got. */
  readonly taken?: string | null
}

/** The change moves or ends the session. */
export const disrupts = ({ kind }: Change): boolean =>
  kind === 'sign-in' || kind === 'sign-out' || kind === 'regenerate'

/** The marks of what was acknowledged. */
export function acknowledged(round: readonly Sent[], ...kinds: Change['kind'][]): string[] {
  return round.flatMap(({ change, outcome }) =>
    outcome === 'acknowledged' && kinds.includes(change.kind) && change.mark !== undefined
      ? [change.mark]
      : [],
  )
}

/** Whether it sets that value. */
export function isOf({ change }: Sent, key: string): boolean {
  return change.kind === 'put' ? change.key === key : change.kind === 'code' && key === 'code'
}
