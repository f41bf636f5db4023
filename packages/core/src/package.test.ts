import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const DIST = new URL('../dist/', import.meta.url)

/** Returns all specifiers that a file of dist, and the files that it imports, import. */
function imports(file: string, end: '.js' | '.d.ts', seen = new Set<string>()): Set<string> {
  const source = readFileSync(new URL(file, DIST), 'utf8')
  for (const [, specifier = ''] of source.matchAll(/(?:from|import\(?) ?['"]([^'"]+)['"]/g)) {
    if (seen.has(specifier)) continue
    seen.add(specifier)
    if (specifier.startsWith('./')) imports(specifier.replace(/\.[jt]s$/, end), end, seen)
  }
  return seen
}

const packages = (specifiers: Set<string>) =>
  [...specifiers].filter((name) => !name.startsWith('.')).toSorted()

describe('the built package', () => {
  test('imports only hono, the file system, paths and URLs: only the command loads the server', () => {
    expect(packages(imports('index.js', '.js'))).toEqual([
      'hono',
      'node:fs',
      'node:path',
      'node:url',
    ])
  })

  test('has declarations that import only types of hono', () => {
    const found = imports('index.d.ts', '.d.ts')
    expect(packages(found)).toEqual(['hono', 'hono/types'])
    for (const file of [...found].filter((name) => name.startsWith('./'))) {
      const text = readFileSync(new URL(file.replace(/\.ts$/, '.d.ts'), DIST), 'utf8').replaceAll(
        /\/\*.*?\*\//gs,
        '',
      )
      // Except for the type of a context, because Hono does not declare it more precisely.
      const ours = text.replaceAll('Context<any, Path>', 'Context')
      expect(ours).not.toMatch(/[:<] ?any\b|reference types|NodeJS\./)
    }
  })
})
