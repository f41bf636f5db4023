// Tables for the terminal and for the docs. Pure functions.

/**
 * Columns as wide as their widest cell: the first and the last are left-aligned, the others
 * right-aligned.
 */
export function textTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const last = widths.length - 1
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 || column === last
            ? cell.padEnd(widths[column])
            : cell.padStart(widths[column]),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** @param rows the first one is the head */
export function markdownTable([head, ...rows]) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/**
 * The page with this content between the marks `<!-- name -->` and `<!-- /name -->`.
 *
 * @throws if it does not have the marks
 */
export function withBlock(page, name, text) {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`The page has no block ${begin} … ${end}.`)
  return `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`
}
