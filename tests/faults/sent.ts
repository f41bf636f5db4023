import type { Change } from './browser.ts'

/** The outcome of a change: acknowledged, refused, or unknown. */
export type Outcome = 'acknowledged' | 'refused' | 'unknown'

/** A change that was sent, and its response. */
export interface Sent {
  readonly change: Change
  /** Whether the request had the cookie of the session from the start of the round. */
  readonly isOld: boolean
  readonly outcome: Outcome
  /** What `take` returned. */
  readonly taken?: string | null
}

/** Whether the change moves or ends the session. */
export const disrupts = ({ kind }: Change): boolean =>
  kind === 'sign-in' || kind === 'sign-out' || kind === 'regenerate'

/** The marks of the acknowledged changes. */
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
