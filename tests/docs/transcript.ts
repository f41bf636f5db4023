/** A command as it stands in a ```console block, and what it should print. */
export interface Step {
  /** With its `$ `, as printed. */
  readonly typed: string
  readonly command: string
  readonly output: string
}

/** What is typed and printed in a ```console block. */
export function stepsOf(console: string): Step[] {
  const lines = console.trimEnd().split('\n')
  const steps: { typed: string[]; output: string[] }[] = []
  for (const line of lines) {
    const last = steps.at(-1)
    if (line.startsWith('$ ')) steps.push({ typed: [line], output: [] })
    else if (!last) throw new Error(`a console block begins with "$ ", not with: ${line}`)
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
 * What was printed, as the page would have it: the page's own text where that is right, so that a
 * comparison with the page shows only what is wrong.
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

/** `…` is any text within a line; a line of `…` alone any number of lines. */
function pattern(expected: string): RegExp {
  const lines = expected.split('\n').map((line) => {
    if (line.trim() === '…') return '(?:.*\\n)*?'
    const parts = line.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    return `${parts.join('.+')}\\n`
  })
  return new RegExp(`^${lines.join('')}$`)
}
