import type { Page } from './pages.ts'

/**
 * A TypeScript block of a page, as a file. What readers need not see stands in a comment right above
 * the block:
 *
 *     <!-- ts run file=src/app.ts NODE_ENV=production redis
 *     what comes before the block, such as its imports
 *     -->
 *
 * All of it may be left out; every block is compiled, with or without a comment.
 *
 * - `file=` names the file, relative to the page's own folder, so that other blocks of the page can
 *   import it. Else it is `line-<number>.ts`. A second block of that name is its next version: it has
 *   a folder of its own, with all that the page has in the versions of that time.
 * - `run` runs the block on Node, with the packages as they are built, when all files of the page
 *   are in place:
 *   - One with a default export (in the block, or `export { app as default }` in the comment) is an
 *     app: it is served, and the ```console blocks between it and the next `run` block are typed
 *     against it. It must have one at least. `run=src/app.ts` serves another file of the page.
 *   - One that imports `vitest` runs under Vitest; name it `*.test.ts`. One that imports `node:test` must
 *     pass a test at least.
 *   - Any other is a program, which must end with 0. A ```txt block between it and the next
 *     TypeScript block is what it prints.
 * - `NAME=value` is put into its environment. `redis` starts a Redis server and sets `REDIS_URL`,
 *   `postgres` one of PostgreSQL and `DATABASE_URL`.
 *
 * A ```console block is a terminal: a line that begins with `$ ` is typed (a `\` at its end goes on in
 * the next line), the others are what is printed. All that belong to one block are one shell in an
 * empty folder, so that variables and cookie jars stay. A command that begins with `npx` is run in the
 * folder of the page. `localhost:3000` is wherever the app is. In
 * what is printed, here and in ```txt, `…` is any text within a line, and a line of `…` alone any
 * number of lines.
 */
export interface Block {
  /** Relative to the page's own folder. */
  readonly file: string
  /** Which block of that name it is: 1 for the first. */
  readonly version: number
  /** Where the block stands in its page. */
  readonly line: number
  readonly code: string
  /** What to run it with, where it is marked. */
  readonly run: Run | undefined
}

export interface Run {
  /** The file that is run: the block's own, most often. */
  readonly entry: string
  readonly kind: 'app' | 'program' | 'vitest' | 'node:test'
  readonly environment: Readonly<Record<string, string>>
  readonly redis: boolean
  readonly postgres: boolean
  /** The ```console blocks that belong to it. */
  readonly consoles: readonly string[]
  /** The ```txt block that says what a program prints. */
  readonly output: string | undefined
}

interface Fence {
  readonly language: string
  readonly comment: string | undefined
  readonly code: string
  readonly line: number
}

const fencePattern = /(?:^<!-- ts\b([\s\S]*?)-->\n+)?^```(\w*)[^\n]*\n([\s\S]*?)^```$/gm

function fencesOf({ text }: Page): Fence[] {
  return [...text.matchAll(fencePattern)].map((match) => {
    const [whole, comment, language = '', code = ''] = match
    const line = text.slice(0, match.index + whole.length - code.length - 3).split('\n').length
    return { language, comment, code, line }
  })
}

const isTypeScript = ({ language }: Fence) => language === 'ts' || language === 'tsx'

export function blocksOf(page: Page): Block[] {
  const fences = fencesOf(page)
  const versions = new Map<string, number>()
  return fences.flatMap((fence, index) => {
    if (!isTypeScript(fence)) {
      if (fence.comment === undefined) return []
      throw new Error(`${page.path}: the comment above line ${fence.line} marks no TypeScript`)
    }
    const { marks, before } = parseComment(fence.comment ?? '')
    const code = before === '' ? fence.code : `${before}\n${fence.code}`
    refuseUnknown(page, fence.line, marks)
    const file = valueIn(marks, 'file') ?? `line-${fence.line}.${fence.language}`
    const version = (versions.get(file) ?? 0) + 1
    versions.set(file, version)
    const run = isMarkedRun(fence) ? runOf(file, code, marks, fences.slice(index + 1)) : undefined
    return [{ file, version, line: fence.line, code, run }]
  })
}

function parseComment(comment: string): { marks: string[]; before: string } {
  const [first = '', ...rest] = comment.split('\n')
  return { marks: first.trim().split(/\s+/).filter(Boolean), before: rest.join('\n').trim() }
}

function valueIn(marks: readonly string[], name: string): string | undefined {
  return marks.find((mark) => mark.startsWith(`${name}=`))?.slice(name.length + 1)
}

const variable = /^[A-Z][A-Z0-9_]*=/

function refuseUnknown({ path }: Page, line: number, marks: readonly string[]): void {
  const known = (mark: string) =>
    /^(?:run|redis|postgres|(?:run|file)=.+)$/.test(mark) || variable.test(mark)
  const unknown = marks.filter((mark) => !known(mark))
  if (unknown.length === 0) return
  throw new Error(`${path}: above line ${line} the mark "${unknown[0]}" means nothing`)
}

function runOf(
  file: string,
  code: string,
  marks: readonly string[],
  following: readonly Fence[],
): Run {
  const entry = valueIn(marks, 'run')
  const kind = entry ? 'app' : kindOf(code)
  const next = following.findIndex((fence) => isTypeScript(fence) && isMarkedRun(fence))
  const until = next < 0 ? following : following.slice(0, next)
  const nextCode = following.findIndex(isTypeScript)
  const near = nextCode < 0 ? following : following.slice(0, nextCode)
  const environment = marks
    .filter((mark) => variable.test(mark))
    .map((mark) => [mark.slice(0, mark.indexOf('=')), mark.slice(mark.indexOf('=') + 1)] as const)
  return {
    entry: entry ?? file,
    kind,
    environment: Object.fromEntries(environment),
    redis: marks.includes('redis'),
    postgres: marks.includes('postgres'),
    consoles: until.filter(({ language }) => language === 'console').map((one) => one.code),
    output: kind === 'program' ? near.find(({ language }) => language === 'txt')?.code : undefined,
  }
}

function kindOf(code: string): Run['kind'] {
  if (/^export default|\bas default\b/m.test(code)) return 'app'
  if (code.includes("from 'vitest'")) return 'vitest'
  return code.includes("from 'node:test'") ? 'node:test' : 'program'
}

function isMarkedRun({ comment }: Fence): boolean {
  return parseComment(comment ?? '').marks.some((mark) => /^run(?:=|$)/.test(mark))
}

/** How many blocks there are in a language, counted without regard to what stands around them. */
export function countOf({ text }: Page, ...languages: readonly string[]): number {
  const openings = text.match(/^[ \t]*```\w+/gm) ?? []
  return openings.filter((opening) => languages.includes(opening.trim().slice(3))).length
}
