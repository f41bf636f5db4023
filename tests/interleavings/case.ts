import fc from 'fast-check'
import type { Op } from './perform.ts'
import type { Fault } from './world.ts'

/** Who sends the request: the user's browser, or an attacker with a current or former cookie. */
export type Who = 'browser' | 'thief' | 'old-visitor' | 'old-stored'

export interface Request {
  readonly who: Who
  readonly ops: readonly Op[]
  readonly process: number
  readonly method: 'GET' | 'POST'
  /** Whether the request does not count as activity. */
  readonly isPoll: boolean
  /** Whether the response and its cookies are lost. */
  readonly isLost: boolean
}

export interface Case {
  /**
   * The browser's state before the overlapping requests start: nothing stored, a session with or without a
   * user, or the cookie of a session that has expired or was signed out elsewhere.
   */
  readonly start: 'visitor' | 'guest' | 'user' | 'expired' | 'ended'
  /** Whether a minute has passed since that state was set up. */
  readonly isSettled: boolean
  /** Whether a page was loaded after the session expired or ended. */
  readonly hasLoaded: boolean
  readonly grace: 0 | 10
  /**
   * How time passes. `jumpy`: the clock jumps forwards and backwards a little. `slow`: the requests take longer
   * than the lifetime of a moved record, so cookies have no guarantee, but all other rules apply. `busy`:
   * handlers take longer than the touch interval.
   */
  readonly pace: 'quick' | 'jumpy' | 'slow' | 'busy'
  /** The step before which the idle timeout of all sessions ends. */
  readonly expiresAt: number | undefined
  readonly faults: readonly Fault[]
  readonly requests: readonly Request[]
  readonly picks: readonly number[]
}

const weighted = <T>(...choices: readonly (readonly [weight: number, value: T])[]) =>
  fc.oneof(...choices.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) })))

const write: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('x', 'y', 'z').map((key) => ({ do: 'put', key }) as const),
  },
  { weight: 3, arbitrary: fc.constant({ do: 'increment' } as const) },
  { weight: 2, arbitrary: fc.constant({ do: 'push' } as const) },
  { weight: 1, arbitrary: fc.constant({ do: 'flash' } as const) },
)

const login: fc.Arbitrary<Op> = fc.record({
  do: fc.constant('login' as const),
  owner: fc.constantFrom('A' as const, 'B' as const),
  renew: weighted([2, false], [1, true]),
})

const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 10, arbitrary: write },
  { weight: 4, arbitrary: login },
  {
    weight: 16,
    arbitrary: weighted<Op>(
      [4, { do: 'read' }],
      [4, { do: 'wait' }],
      [6, { do: 'regenerate' }],
      [4, { do: 'invalidate' }],
      [2, { do: 'forget-owner' }],
      [3, { do: 'confirm' }],
      [2, { do: 'clear' }],
      [4, { do: 'take', caught: false }],
      [1, { do: 'take', caught: true }],
      [2, { do: 'claim' }],
      [2, { do: 'attempt' }],
      [2, { do: 'save', awaited: true }],
      [3, { do: 'save', awaited: false }],
      [1, { do: 'throw', status: 500 }],
      [1, { do: 'throw', status: 400 }],
    ),
  },
)

const requestOf = (
  who: fc.Arbitrary<Who>,
  ops: fc.Arbitrary<Op>,
  others: Partial<{ isPoll: number; get: number; isLost: number }> = {},
): fc.Arbitrary<Request> => {
  const { isPoll = 0, get = 1, isLost = 1 } = others
  return fc.record({
    who,
    ops: fc.array(ops, { minLength: 1, maxLength: 3 }).map(upToThrow),
    process: fc.nat({ max: 2 }),
    method: weighted<Request['method']>([5, 'POST'], [get, 'GET']),
    isPoll: weighted([8, false], [isPoll, true]),
    isLost: weighted([8, false], [isLost, true]),
  })
}

/** Returns the operations up to a throw. Later operations never run. */
function upToThrow(ops: readonly Op[]): readonly Op[] {
  const at = ops.findIndex((one) => one.do === 'throw')
  return at < 0 ? ops : ops.slice(0, at + 1)
}

const faults = (most: number): fc.Arbitrary<readonly Fault[]> =>
  fc.array(
    fc.record({ at: fc.nat({ max: 14 }), what: fc.constantFrom('fail' as const, 'lose' as const) }),
    { minLength: most > 0 ? 1 : 0, maxLength: most },
  )

const seldomFaults = fc.oneof(
  { weight: 7, arbitrary: faults(0) },
  { weight: 1, arbitrary: faults(2) },
)

const common = {
  isSettled: fc.boolean(),
  hasLoaded: fc.boolean(),
  grace: weighted<Case['grace']>([2, 10], [1, 0]),
  expiresAt: fc.constant(undefined),
  faults: faults(0),
  picks: fc.array(fc.nat({ max: 11 }), { minLength: 24, maxLength: 24 }),
}

const anyone = weighted<Who>([9, 'browser'], [1, 'thief'], [1, 'old-visitor'], [1, 'old-stored'])

/** Any requests on a session that is active when they start. */
const freeCase: fc.Arbitrary<Case> = fc.record({
  ...common,
  start: fc.constantFrom('visitor' as const, 'guest' as const, 'user' as const),
  pace: weighted<Case['pace']>([3, 'quick'], [1, 'jumpy'], [1, 'slow']),
  expiresAt: fc.oneof(
    { weight: 9, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.nat({ max: 12 }) },
  ),
  faults: seldomFaults,
  requests: fc.array(requestOf(anyone, op, { isPoll: 1 }), { minLength: 2, maxLength: 4 }),
})

const quick = fc.constant('quick' as const)

/** A slow writer, a sign-out, and an older visitor's cookie that creates a record under the same key. */
const remadeCase: fc.Arbitrary<Case> = fc.record({
  ...common,
  start: fc.constant('guest' as const),
  pace: fc.constant('slow' as const),
  requests: fc.shuffledSubarray(
    [
      requestLike('browser', { do: 'put', key: 'x' }, 0),
      requestLike('browser', { do: 'invalidate' }, 1),
      requestLike('old-visitor', { do: 'put', key: 'y' }, 2),
      requestLike('browser', { do: 'increment' }, 2),
    ],
    { minLength: 3 },
  ),
})

function requestLike(who: Who, op: Op, process: number): Request {
  return { who, ops: [op], process, method: 'POST', isPoll: false, isLost: false }
}

/**
 * Changes that overlap with a change that commits at once, while the session moves or ends. A refusal must have
 * no effects.
 */
const strictCase: fc.Arbitrary<Case> = fc.record({
  ...common,
  faults: seldomFaults,
  start: fc.constantFrom('guest' as const, 'user' as const),
  pace: quick,
  requests: fc.array(
    requestOf(
      fc.constant<Who>('browser'),
      fc.oneof(
        { weight: 3, arbitrary: write },
        {
          weight: 4,
          arbitrary: weighted<Op>(
            [2, { do: 'take', caught: false }],
            [1, { do: 'claim' }],
            [1, { do: 'attempt' }],
            [1, { do: 'save', awaited: true }],
            [3, { do: 'regenerate' }],
          ),
        },
      ),
      { isLost: 0 },
    ),
    { minLength: 2, maxLength: 3 },
  ),
})

/** The cookie of an ended session in two browsers. One of them belongs to a thief. */
const deadCase: fc.Arbitrary<Case> = fc.record({
  ...common,
  faults: seldomFaults,
  start: weighted<Case['start']>([3, 'expired'], [1, 'ended']),
  pace: quick,
  requests: fc.array(
    requestOf(
      weighted<Who>([1, 'browser'], [1, 'thief']),
      fc.oneof(
        { weight: 5, arbitrary: write },
        { weight: 2, arbitrary: login },
        {
          weight: 5,
          arbitrary: weighted<Op>(
            [2, { do: 'read' }],
            [1, { do: 'wait' }],
            [1, { do: 'take', caught: false }],
            [1, { do: 'claim' }],
            [1, { do: 'save', awaited: true }],
            [8, { do: 'regenerate' }],
            [1, { do: 'invalidate' }],
          ),
        },
      ),
      { get: 5, isLost: 2 },
    ),
    { minLength: 2, maxLength: 4 },
  ),
})

/** Pages and polls on a user's session, with handlers that take longer than the touch interval. */
const busyCase: fc.Arbitrary<Case> = fc.record({
  ...common,
  start: fc.constant('user' as const),
  pace: fc.constant('busy' as const),
  requests: fc.array(
    requestOf(
      fc.constant<Who>('browser'),
      fc.oneof(
        { weight: 2, arbitrary: write },
        { weight: 2, arbitrary: weighted<Op>([2, { do: 'read' }], [3, { do: 'wait' }]) },
      ),
      { isPoll: 6, isLost: 0 },
    ),
    { minLength: 2, maxLength: 4 },
  ),
})

export const anyCase: fc.Arbitrary<Case> = fc.oneof(
  { weight: 13, arbitrary: freeCase },
  { weight: 1, arbitrary: remadeCase },
  { weight: 2, arbitrary: strictCase },
  { weight: 4, arbitrary: deadCase },
  { weight: 2, arbitrary: busyCase },
)
