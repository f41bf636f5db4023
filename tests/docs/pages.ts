import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)

/** A page of the docs. */
export interface Page {
  /** Relative to the repository. */
  readonly path: string
  readonly text: string
}

/** A TypeScript block of a page, as the compiler gets it. */
export interface Block {
  /** Relative to the page's own folder: the name that the page gives it, or its line. */
  readonly name: string
  readonly code: string
}

export const fromRoot = (path: string) => fileURLToPath(new URL(path, root))

/** The READMEs and the pages of `docs`. */
export async function readPages(): Promise<Page[]> {
  const packages = (await readdir(fromRoot('packages'))).map((name) => `packages/${name}/README.md`)
  const docs = (await readdir(fromRoot('docs'))).map((name) => `docs/${name}`)
  const paths = ['README.md', ...packages, ...docs].filter((path) => path.endsWith('.md'))
  return Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(fromRoot(path), 'utf8') })),
  )
}

/**
 * The blocks of a page. One that is a part of a file, or a file that another one imports, says so in
 * a comment above it, which readers do not see:
 *
 *     <!-- ts file=src/routes/index.ts
 *     what comes before the block, such as its imports
 *     -->
 */
export function blocksOf({ text }: Page): Block[] {
  const pattern = /(?:^<!-- ts(?: file=(\S+))?(?:\n([\s\S]*?))?\s*-->\n+)?^```ts\n([\s\S]*?)^```$/gm
  return [...text.matchAll(pattern)].map((match) => {
    const [whole, file, before, code = ''] = match
    const line = text.slice(0, match.index + whole.length - code.length).split('\n').length
    return { name: file ?? `line-${line}.ts`, code: before ? `${before}\n${code}` : code }
  })
}

/** Where the links of a page lead that name a file or a place, not a site. */
export function linksOf({ text }: Page): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '')
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, to]) => to ?? [])
  return links.filter((to) => !/^[a-z]+:/.test(to))
}

/** The names under which a page's headings can be linked to. */
export function anchorsOf({ text }: Page): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '')
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  )
}
