import type { Page } from './pages.ts'

/** A row of a table: its cells, and the code in its first cell. */
export interface Row {
  readonly names: readonly string[]
  readonly cells: readonly string[]
}

/** The section under a heading, up to the next heading of the same or a higher level. */
export function sectionOf({ path, text }: Page, heading: string): string {
  const lines = text.split('\n')
  const levelOf = (line: string) => /^(#+) /.exec(line)?.[1]?.length
  const start = lines.findIndex((line) => line.replace(/^#+ /, '') === heading && levelOf(line))
  const level = levelOf(lines[start] ?? '')
  if (level === undefined) throw new Error(`${path} has no heading "${heading}"`)
  const rest = lines.slice(start + 1)
  const end = rest.findIndex((line) => (levelOf(line) ?? 7) <= level)
  return rest.slice(0, end < 0 ? rest.length : end).join('\n')
}

/** The rows of all tables whose first column has this title. */
export function rowsOf(text: string, title: string): Row[] {
  const rows: Row[] = []
  let isInside = false
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) isInside = false
    else if (isInside) rows.push(rowOf(line))
    else isInside = cellsOf(line)[0] === title
  }
  return rows.filter(({ cells }) => !/^[-:\s]+$/.test(cells[0] ?? ''))
}

function rowOf(line: string): Row {
  const cells = cellsOf(line)
  return { names: codesOf(cells[0] ?? ''), cells }
}

function cellsOf(line: string): string[] {
  const bare = line.trim().replace(/^\||\|$/g, '')
  return bare.split(/(?<!\\)\|/).map((cell) => cell.trim())
}

/** The code between backticks. */
export function codesOf(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, code]) => code ?? [])
}
