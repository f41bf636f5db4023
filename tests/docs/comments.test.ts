import { describe, expect, it } from 'vitest'
import { type Declared, exportsOf } from './declarations.ts'
import { fromRoot } from './pages.ts'

const entries = [
  ['gravito-core', 'packages/core/dist/index.d.ts'],
  ['@gravito/orbit', 'packages/orbit/dist/index.d.ts'],
  ['@gravito/orbit/admin', 'packages/orbit/dist/admin/index.d.ts'],
  ['@gravito/orbit/client', 'packages/orbit/dist/client.d.ts'],
  ['@gravito/orbit/jsx', 'packages/orbit/dist/jsx.d.ts'],
  ['@gravito/orbit/testing', 'packages/orbit/dist/testing/index.d.ts'],
  ['@gravito/stasis', 'packages/stasis/dist/index.d.ts'],
] as const

/** The names of the declarations without a doc comment, and the number of all declarations. */
function undocumented(declared: Declared, of = ''): { names: string[]; count: number } {
  const name = of + declared.name
  const inside = declared.members.map((member) => undocumented(member, `${name}.`))
  return {
    names: [...(declared.documented ? [] : [name]), ...inside.flatMap(({ names }) => names)],
    count: inside.reduce((sum, { count }) => sum + count, 1),
  }
}

describe('the doc comments that an editor shows', () => {
  it.each(entries)('exist for everything that %s exports', (_, path) => {
    const found = exportsOf(fromRoot(path)).map((declared) => undocumented(declared))

    expect(found.flatMap(({ names }) => names)).toEqual([])
    expect(found.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(5)
  })
})
