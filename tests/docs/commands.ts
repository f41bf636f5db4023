import type { Page } from './pages.ts'

/** Everything that a reader of the page may type: the code in the text, and the lines of the shell blocks. */
function shellOf({ text }: Page): string[] {
  const fences = [...text.matchAll(/^```(\w*)[^\n]*\n([\s\S]*?)^```$/gm)]
  const blocks = fences.flatMap(([, language = '', code = '']) =>
    /^(?:bash|sh|console)$/.test(language) ? code.split('\n') : [],
  )
  return [...blocks, ...codeOf(text)]
}

function codeOf(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '')
  return [...prose.matchAll(/`([^`\n]+(?:\n[^`\n]+)?)`/g)].flatMap(([, code]) => code ?? [])
}

/** The names after `npm run`, and the `start` and `test` of `npm start` and `npm test`. */
export function scriptsOf(page: Page): string[] {
  return shellOf(page).flatMap((line) =>
    [...line.matchAll(/\bnpm (?:run (?:--?\S+ )*)?([\w:]+)/g)].flatMap(([whole, name = '']) =>
      /^npm run /.test(whole) || /^(?:start|test)$/.test(name) ? name : [],
    ),
  )
}

/** The filters given to Vitest, as in `npx vitest run tests/hono -t flash` and `npm test -- tests/hono`. */
export function testFiltersOf(page: Page): string[] {
  return shellOf(page).flatMap((line) =>
    [...line.matchAll(/\b(?:npx vitest run|npm test --)((?:\s+[\w./-]+)+)/g)].flatMap(
      ([, words = '']) => withoutOptions(words.trim().split(/\s+/)),
    ),
  )
}

/** Only the paths, without options and their values. */
function withoutOptions(words: readonly string[]): string[] {
  return words.filter((word, index) => !word.startsWith('-') && !words[index - 1]?.startsWith('-'))
}

/** The paths of files and folders of this repository in the text: `tests/hono`, `packages/orbit/src/stores`. */
export function pathsOf({ text }: Page): string[] {
  return codeOf(text).filter((code) =>
    /^(?:tests|packages|docs|examples|bench|scripts)\/[\w./-]+$/.test(code),
  )
}
