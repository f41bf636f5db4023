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
 *   import it. Else it is `line-<number>.ts`.
 * - `run` runs the block on Node, with the packages as they are built, when all files of the page
 *   are in place:
 *   - One with a default export (in the block, or `export { app as default }` in the comment) is an
 *     app: it is served, and the ```console blocks between it and the next `run` block are typed
 *     against it. It must have one at least.
 *   - One that imports `vitest` runs under Vitest; name it `*.test.ts`.
 *   - Any other is a program, which must end with 0. A ```txt block between it and the next
 *     TypeScript block is what it prints.
 * - `NAME=value` is put into its environment. `redis` starts a Redis server and sets `REDIS_URL`.
 *
 * A ```console block is a terminal: a line that begins with `$ ` is typed (a `\` at its end goes on in
 * the next line), the others are what is printed. All that belong to one block are one shell in an
 * empty folder, so that variables and cookie jars stay. `localhost:3000` is wherever the app is. In
 * what is printed, here and in ```txt, `…` is any text within a line, and a line of `…` alone any
 * number of lines.
 */
export interface Block {
  /** Relative to the page's own folder. */
  readonly file: string
  /** Where the block stands in its page. */
  readonly line: number
  readonly code: string
  /** What to run it with, where it is marked. */
  readonly run: Run | undefined
}

export interface Run {
  readonly kind: 'app' | 'program' | 'test'
  readonly environment: Readonly<Record<string, string>>
  readonly redis: boolean
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
  return fences.flatMap((fence, index) => {
    if (!isTypeScript(fence)) {
      if (fence.comment === undefined) return []
      throw new Error(`${page.path}: the comment above line ${fence.line} marks no TypeScript`)
    }
    const { marks, before } = parseComment(fence.comment ?? '')
    const code = before === '' ? fence.code : `${before}\n${fence.code}`
    const named = marks.find((mark) => mark.startsWith('file='))?.slice('file='.length)
    const file = named ?? `line-${fence.line}.${fence.language}`
    const run = marks.includes('run') ? runOf(code, marks, fences.slice(index + 1)) : undefined
    refuseUnknown(page, fence.line, marks)
    return [{ file, line: fence.line, code, run }]
  })
}

function parseComment(comment: string): { marks: string[]; before: string } {
  const [first = '', ...rest] = comment.split('\n')
  return { marks: first.trim().split(/\s+/).filter(Boolean), before: rest.join('\n').trim() }
}

const variable = /^[A-Z][A-Z0-9_]*=/

function refuseUnknown({ path }: Page, line: number, marks: readonly string[]): void {
  const known = (mark: string) =>
    mark === 'run' || mark === 'redis' || mark.startsWith('file=') || variable.test(mark)
  const unknown = marks.filter((mark) => !known(mark))
  if (unknown.length === 0) return
  throw new Error(`${path}: above line ${line} the mark "${unknown[0]}" means nothing`)
}

function runOf(code: string, marks: readonly string[], following: readonly Fence[]): Run {
  const kind = /^export default|\bas default\b/m.test(code)
    ? 'app'
    : /from 'vitest'/.test(code)
      ? 'test'
      : 'program'
  const next = following.findIndex((fence) => isTypeScript(fence) && isMarkedRun(fence))
  const until = next < 0 ? following : following.slice(0, next)
  const nextCode = following.findIndex(isTypeScript)
  const near = nextCode < 0 ? following : following.slice(0, nextCode)
  const environment = marks
    .filter((mark) => variable.test(mark))
    .map((mark) => [mark.slice(0, mark.indexOf('=')), mark.slice(mark.indexOf('=') + 1)] as const)
  return {
    kind,
    environment: Object.fromEntries(environment),
    redis: marks.includes('redis'),
    consoles: until.filter(({ language }) => language === 'console').map((one) => one.code),
    output: kind === 'program' ? near.find(({ language }) => language === 'txt')?.code : undefined,
  }
}

function isMarkedRun({ comment }: Fence): boolean {
  return parseComment(comment ?? '').marks.includes('run')
}

/** How many blocks there are in a language, counted without regard to what stands around them. */
export function countOf({ text }: Page, ...languages: readonly string[]): number {
  const openings = text.match(/^[ \t]*```\w+/gm) ?? []
  return openings.filter((opening) => languages.includes(opening.trim().slice(3))).length
}
