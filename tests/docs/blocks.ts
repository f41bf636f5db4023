import type { Page } from './pages.ts'

/**
 * A TypeScript block of a page, as a file. Code that readers need not see is in a comment directly above the
 * block:
 *
 *     <!-- ts run file=src/app.ts NODE_ENV=production redis
 *     code that comes before the block, such as its imports
 *     -->
 *
 * Every block is compiled, with or without a comment. Each part of the comment is optional:
 *
 * - `file=` sets the name of the file, relative to the folder of the page, so that other blocks of the page can
 *   import it. The default is `line-<number>.ts`. A second block with the same name is the next version of the
 *   file. Each version has a separate folder, with all files of the page as they are in that version.
 * - `run` runs the block on Node with the built packages, after all files of the page are written:
 *   - A block with a default export (in the block, or `export { app as default }` in the comment) is an app.
 *     The test serves it, and types the ```console blocks between it and the next `run` block against it. There
 *     must be at least one. `run=src/app.ts` serves another file of the page.
 *   - A block that imports `vitest` runs under Vitest. Name it `*.test.ts`. A block that imports `node:test`
 *     must contain at least one test.
 *   - Any other block is a program, which must exit with 0. A ```txt block between it and the next TypeScript
 *     block is its expected output.
 * - `NAME=value` sets an environment variable. `redis` starts a Redis server and sets `REDIS_URL`. `postgres`
 *   starts a PostgreSQL server and sets `DATABASE_URL`.
 *
 * A ```console block is a terminal. A line that starts with `$ ` is typed, and a `\` at its end continues it on
 * the next line. The other lines are the expected output. All console blocks of one `run` block share one shell
 * in an empty folder, so variables and cookie jars are kept. A command that starts with `npx` runs in the
 * folder of the page. `localhost:3000` is replaced with the address of the app. In expected output, here and in
 * ```txt, `…` matches any text within a line, and a line that contains only `…` matches any number of lines.
 */
export interface Block {
  /** Relative to the folder of the page. */
  readonly file: string
  /** The version of the file: 1 for the first block with this name. */
  readonly version: number
  /** The line of the page on which the block starts. */
  readonly line: number
  readonly code: string
  /** How to run the block. Absent if it is not marked with `run`. */
  readonly run: Run | undefined
}

export interface Run {
  /** The file to run, usually that of the block itself. */
  readonly entry: string
  readonly kind: 'app' | 'program' | 'vitest' | 'node:test'
  readonly environment: Readonly<Record<string, string>>
  readonly redis: boolean
  readonly postgres: boolean
  /** The ```console blocks that are typed against this block. */
  readonly consoles: readonly string[]
  /** The ```txt block with the expected output of a program. */
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
      throw new Error(
        `${page.path}: the comment above line ${fence.line} is not above a TypeScript block`,
      )
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

/** The number of blocks in these languages, whatever is around them. */
export function countOf({ text }: Page, ...languages: readonly string[]): number {
  const openings = text.match(/^[ \t]*```\w+/gm) ?? []
  return openings.filter((opening) => languages.includes(opening.trim().slice(3))).length
}
