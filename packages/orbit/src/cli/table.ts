import { onOneLine } from '../quote.ts'

/**
 * Aligns the columns of the rows. The last column may have any length. Each row is one line, so that the id of a user
 * or a key of the data cannot look like a separate row.
 */
export function aligned(table: readonly (readonly string[])[]): string[] {
  const rows = table.map((row) => row.map(onOneLine))
  const widths: number[] = []
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length)
  }
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** A time in UTC, to the minute. */
export function minuteOf(date: Date): string {
  return date.toISOString().slice(0, 16).replace('T', ' ')
}
