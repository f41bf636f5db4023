/** The parts of markdown-it's tokens that are used here. */
interface Token {
  readonly type: string
  readonly content: string
  readonly children: readonly Token[] | null
  attrSet(name: string, value: string): void
}

interface MarkdownIt {
  readonly core: {
    readonly ruler: { push(name: string, rule: (state: { tokens: Token[] }) => void): void }
  }
}

/**
 * Writes the title of its column into each cell of a table with three or four columns. On a phone, the style
 * shows such a table row by row, and the title above each cell.
 */
export function labelCells(markdown: MarkdownIt): void {
  markdown.core.ruler.push('label-cells', ({ tokens }) => {
    let titles: string[] = []
    let column = 0
    for (const [index, token] of tokens.entries()) {
      if (token.type === 'table_open') titles = []
      if (token.type === 'th_open') titles.push(textOf(tokens[index + 1]))
      if (token.type === 'tr_open') column = 0
      if (token.type !== 'td_open') continue
      if (titles.length === 3 || titles.length === 4) {
        token.attrSet('data-title', titles[column] ?? '')
      }
      column += 1
    }
  })
}

const textOf = (token: Token | undefined): string =>
  (token?.children ?? []).map(({ content }) => content).join('')
