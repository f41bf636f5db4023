import fc from 'fast-check'

/** An action of a process on the key that all processes share, with the version that it has seen last. */
type Deed =
  /** Reads the record. */
  | 'load'
  /** Replaces the record that the process has seen last. */
  | 'put'
  /** Removes the record that the process has seen last. */
  | 'end'
  /** Creates a record, because the process has seen none. */
  | 'create'
  /** Moves the current record to the new store. */
  | 'move'

/** A fault at one store call: the process dies before or after the call, or the call fails. */
export interface Fault {
  readonly at: number
  readonly kind: 'die' | 'fail'
  /** True if the store did the write although the call failed. */
  readonly isDone: boolean
}

export interface Actor {
  readonly deeds: readonly Deed[]
  readonly fault: Fault | undefined
}

export interface MovingCase {
  /** The order in which the waiting calls run. */
  readonly picks: readonly number[]
  /** Where the record is at the start, and the number of steps that a process has taken before it died. */
  readonly begins: 'from' | 'to' | 'nowhere'
  readonly steps: number
  /** Whether more time than the lifetime of a prepared record passes between some calls. */
  readonly isSlow: boolean
  /** Whether every second process has the two stores in the other order. */
  readonly isMixed: boolean
  readonly actors: readonly Actor[]
}

const fault = fc.option(
  fc.record({
    at: fc.nat({ max: 12 }),
    kind: fc.constantFrom('die' as const, 'fail' as const),
    isDone: fc.boolean(),
  }),
  { nil: undefined, freq: 3 },
)

const user: fc.Arbitrary<readonly Deed[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant('load' as const) },
    { weight: 4, arbitrary: fc.constant('put' as const) },
    { weight: 2, arbitrary: fc.constant('end' as const) },
    { weight: 1, arbitrary: fc.constant('create' as const) },
  ),
  { minLength: 1, maxLength: 4 },
)
const mover: fc.Arbitrary<readonly Deed[]> = fc.constant(['move'])

export const anyMovingCase: fc.Arbitrary<MovingCase> = fc.record({
  picks: fc.array(fc.nat({ max: 59 }), { minLength: 40, maxLength: 40 }),
  begins: fc.oneof(
    { weight: 6, arbitrary: fc.constant('from' as const) },
    { weight: 1, arbitrary: fc.constant('to' as const) },
    { weight: 1, arbitrary: fc.constant('nowhere' as const) },
  ),
  steps: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat({ max: 6 })),
  isSlow: fc.boolean(),
  isMixed: fc.constant(false),
  actors: fc.array(
    fc.record({
      deeds: fc.oneof({ weight: 3, arbitrary: user }, { weight: 2, arbitrary: mover }),
      fault,
    }),
    { minLength: 2, maxLength: 5 },
  ),
})

/** Before the move: some processes have `[from, to]`, others `[to, from]`. One of them may create the record. */
export const anyRollout: fc.Arbitrary<MovingCase> = anyMovingCase.map((one) => ({
  ...one,
  steps: 0,
  isMixed: true,
  actors: one.actors.map(({ deeds, fault }, index) => {
    const others: readonly Deed[] = index === 0 ? ['move'] : ['move', 'create']
    return { deeds: deeds.filter((deed) => !others.includes(deed)), fault }
  }),
}))
