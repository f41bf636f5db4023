/** A call of a process, and its result. */
export interface Call {
  /** `undefined` for a read. */
  readonly change:
    | { readonly version: string | undefined; readonly next: string | undefined }
    | undefined
  readonly beganAt: number
  /**
   * Infinite if there is no result. Then the change may have been made, may be made later, or may never be
   * made.
   */
  endedAt: number
  /** The version that a read found, or whether a change was made. */
  result?: string | boolean | undefined
  /** Whether a store call failed. In that case a removal counts as made if there is no record any more. */
  wasLookedUp?: boolean | undefined
}

/**
 * True if one map could have returned these results: there is an order of the calls that fits the times when they
 * started and ended, and in which each result is right (Herlihy and Wing's linearizability).
 *
 * @param initial the version at the start
 */
export function couldBeOneMap(calls: readonly Call[], initial: string | undefined): boolean {
  const told = calls.filter(({ endedAt }) => endedAt < Number.POSITIVE_INFINITY)
  const untold = calls.filter((call) => call.endedAt === Number.POSITIVE_INFINITY && call.change)
  const all = [...told, ...untold]
  const tried = new Set<string>()

  const fits = (done: number, version: string | undefined): boolean => {
    const left = (index: number) => (done & (1 << index)) === 0
    if (told.every((_, index) => !left(index))) return true
    const state = `${done} ${version}`
    if (tried.has(state)) return false
    tried.add(state)
    const firstEnd = Math.min(
      ...told.filter((_, index) => left(index)).map(({ endedAt }) => endedAt),
    )
    return all.some((call, index) => {
      if (!left(index) || call.beganAt > firstEnd) return false
      const { change, result } = call
      const next = done | (1 << index)
      if (!change) return result === version && fits(next, version)
      const isGone = call.wasLookedUp === true && !change.next && version === undefined
      const isMade = change.version === version || isGone
      if (index >= told.length) return isMade && fits(next, change.next)
      return result === isMade && fits(next, isMade ? change.next : version)
    })
  }
  return fits(0, initial)
}
