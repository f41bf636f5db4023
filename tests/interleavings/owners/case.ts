import fc from 'fast-check'

/** The action of one process. `session`: the session of the owner whose cookie the process has. */
export type Deed =
  | { readonly do: 'login'; readonly from: 'new' | 'guest' | 'other' }
  | { readonly do: 'again' | 'move' | 'sign-out' | 'forget' | 'switch'; readonly session: number }
  | { readonly do: 'end-others' | 'end-one'; readonly session: number }
  | { readonly do: 'end-all' | 'list' }

export interface Actor {
  readonly deed: Deed
  /** The process stops forever at this store call. */
  readonly crash: { readonly at: number; readonly isDone: boolean } | undefined
}

export interface OwnerCase {
  readonly picks: readonly number[]
  /** Whether more than the grace period passes between some steps, so that moved records expire. */
  readonly isSlow: boolean
  /** The number of the owner's sessions at the start. */
  readonly sessions: number
  readonly limit: { readonly most: number; readonly over: 'end-oldest' | 'refuse' }
  readonly actors: readonly Actor[]
}

const session = fc.nat({ max: 2 })
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('login' as const),
      from: fc.constantFrom('new', 'guest', 'other'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('move' as const), session }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('again', 'sign-out', 'forget', 'switch'),
      session,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('end-others', 'end-one'), session }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('end-all', 'list') }) },
)

const crash = fc.option(fc.record({ at: fc.nat({ max: 9 }), isDone: fc.boolean() }), {
  nil: undefined,
  freq: 6,
})

export const anyOwnerCase: fc.Arbitrary<OwnerCase> = fc.record({
  picks: fc.array(fc.nat({ max: 11 }), { minLength: 24, maxLength: 24 }),
  isSlow: fc.boolean(),
  sessions: fc.integer({ min: 1, max: 3 }),
  limit: fc.oneof(
    { weight: 3, arbitrary: fc.constant({ most: 1_000, over: 'end-oldest' as const }) },
    {
      weight: 1,
      arbitrary: fc.record({
        most: fc.integer({ min: 3, max: 4 }),
        over: fc.constantFrom('end-oldest', 'refuse'),
      }),
    },
  ),
  actors: fc.array(fc.record({ deed, crash }), { minLength: 2, maxLength: 5 }),
})
