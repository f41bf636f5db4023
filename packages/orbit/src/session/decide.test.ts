import { describe, expect, it } from 'vitest'
import { decide, type Facts, type Place, type Step, type Want } from './decide.ts'

const wants: readonly Want[] = ['write', 'at once', 'move', 'login', 'end']

/** A step, or two steps and the one fact that decides between them. */
type Expected = Step | { readonly fact: keyof Facts; readonly so: Step; readonly not: Step }

const depends = (fact: keyof Facts, so: Step, not: Step): Expected => ({ fact, so, not })

const rebaseOr409 = depends('mayRebase', 'rebase', 'refuse: moved')
const elsewhere = 'create elsewhere'
const redirect = 'create and redirect'

/** The protocol: one row for each place, one column for each of `wants`. */
const table: Record<Place, readonly Expected[]> = {
  'a new id': ['create', 'create', 'create', 'create', 'nothing'],
  'its record': ['rewrite', depends('needsNewId', 'move', 'rewrite'), 'move', 'move', 'end it'],
  'its record, moved': [
    rebaseOr409,
    'refuse: moved',
    rebaseOr409,
    depends('endIsOwn', 'move from the end', 'start alone'),
    depends('sameOwner', 'end the end', 'refuse: moved'),
  ],
  'its record, gone': ['drop', 'refuse: ended', 'drop', 'start alone', 'nothing'],
  'a key': ['create', depends('needsNewId', redirect, 'create'), redirect, redirect, 'nothing'],
  'a key, joinable': [
    'rewrite',
    depends('needsNewId', 'move', 'rewrite'),
    'move',
    'move',
    'nothing',
  ],
  "a key, a stranger's": [
    elsewhere,
    elsewhere,
    elsewhere,
    depends('mayMoveOn', 'move without data', elsewhere),
    'nothing',
  ],
  'a key, moved': [
    rebaseOr409,
    'refuse: moved',
    rebaseOr409,
    depends('endIsOwn', 'move from the end', elsewhere),
    'nothing',
  ],
  'a key, ended meanwhile': ['drop', 'refuse: ended', 'drop', redirect, 'nothing'],
  'a key, ended before': [elsewhere, elsewhere, redirect, redirect, 'nothing'],
  'after its own end': [redirect, redirect, redirect, redirect, 'nothing'],
}

/** Every combination of the facts. */
const allFacts = Array.from({ length: 32 }, (_, bits): Facts => {
  const isSet = (bit: number) => (bits & (1 << bit)) !== 0
  return {
    mayRebase: () => isSet(0),
    endIsOwn: isSet(1),
    sameOwner: isSet(2),
    mayMoveOn: isSet(3),
    needsNewId: isSet(4),
  }
})

const holds = (facts: Facts, fact: keyof Facts) =>
  fact === 'mayRebase' ? facts.mayRebase() : facts[fact]

const shownAs = (expected: Expected) =>
  typeof expected === 'string'
    ? expected
    : `${expected.so} if ${expected.fact}, otherwise ${expected.not}`

const rows = Object.entries(table) as [Place, readonly Expected[]][]

describe.each(rows)('if the store has %s', (place, cells) => {
  it.each(wants.map((want, i) => [want, shownAs(cells[i] ?? 'nothing'), cells[i]] as const))(
    'a commit that wants "%s" takes the step %s',
    (want, _, expected) => {
      for (const facts of allFacts) {
        const step =
          typeof expected !== 'object'
            ? expected
            : holds(facts, expected.fact)
              ? expected.so
              : expected.not
        expect(decide(place, want, facts)).toBe(step)
      }
    },
  )
})

describe('the table', () => {
  const cells = rows.flatMap(([place]) =>
    wants.flatMap((want) => allFacts.map((facts) => ({ place, want, facts }))),
  )
  const stepsWhere = (isMeant: (cell: (typeof cells)[number]) => boolean) =>
    new Set(cells.filter(isMeant).map(({ place, want, facts }) => decide(place, want, facts)))

  it('has eleven rows', () => {
    expect(rows).toHaveLength(11)
  })

  it('never rewrites or rebases for a sign-in, so a record keeps its owner', () => {
    const steps = stepsWhere(({ want }) => want === 'login')

    for (const step of ['rewrite', 'rebase']) expect([...steps]).not.toContain(step)
  })

  it('never rewrites at once if the owner changes', () => {
    const steps = stepsWhere(({ want, facts }) => want === 'at once' && facts.needsNewId)

    expect([...steps]).not.toContain('rewrite')
  })

  it('never rebases or drops a change that must happen at once', () => {
    const steps = stepsWhere(({ want }) => want === 'at once')

    for (const step of ['rebase', 'drop', 'start alone']) expect([...steps]).not.toContain(step)
  })

  it('ends nothing for a visitor', () => {
    const steps = stepsWhere(
      ({ place, want }) => want === 'end' && (place.startsWith('a key') || place === 'a new id'),
    )

    expect([...steps]).toEqual(['nothing'])
  })

  it('writes nothing under the key of a session that ended', () => {
    const steps = stepsWhere(({ place }) => place === 'its record, gone')

    expect([...steps].sort()).toEqual(['drop', 'nothing', 'refuse: ended', 'start alone'])
  })
})
