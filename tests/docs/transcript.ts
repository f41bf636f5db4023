/** A command of a ```console block, and its expected output. */
export interface Step {
  /** The line as printed on the page, including `$ `. */
  readonly typed: string
  readonly command: string
  readonly output: string
}

/** The commands and outputs in a ```console block. */
export function stepsOf(console: string): Step[] {
  const lines = console.trimEnd().split('\n')
  const steps: { typed: string[]; output: string[] }[] = []
  for (const line of lines) {
    const last = steps.at(-1)
    if (line.startsWith('$ ')) steps.push({ typed: [line], output: [] })
    else if (!last)
      throw new Error(`a console block must start with "$ ", but it begins with: ${line}`)
    else if (last.output.length === 0 && last.typed.at(-1)?.endsWith('\\')) last.typed.push(line)
    else last.output.push(line)
  }
  return steps.map(({ typed, output }) => ({
    typed: typed.join('\n'),
    command: typed.join('\n').slice(2),
    output: output.join('\n'),
  }))
}

/**
 * The actual output, in the words of the page if it matches, so that a comparison with the page shows
 * only the differences.
 */
export function asExpected(printed: string, expected: string): string {
  const actual = normal(printed)
  return pattern(normal(expected)).test(`${actual}\n`) ? normal(expected) : actual
}

export function normal(text: string): string {
  return text
    .replaceAll('\r', '')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim()
}

/** `…` matches any text within a line. A line that contains only `…` matches any number of lines. */
function pattern(expected: string): RegExp {
  const lines = expected.split('\n').map((line) => {
    if (line.trim() === '…') return '(?:.*\\n)*?'
    const parts = line.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    return `${parts.join('.+')}\\n`
  })
  return new RegExp(`^${lines.join('')}$`)
}
