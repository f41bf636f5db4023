import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)

/** A page of the docs. */
export interface Page {
  /** The path in the repository. */
  readonly path: string
  readonly text: string
}

export const fromRoot = (path: string) => fileURLToPath(new URL(path, root))

/** The READMEs, all pages in `docs`, the security policy, and the pages for contributors. */
export async function readPages(): Promise<Page[]> {
  const readmes = await Promise.all(['packages', 'examples'].map(readmesIn))
  const docs = await pagesIn('docs')
  const paths = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...readmes.flat(), ...docs]
  return Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(fromRoot(path), 'utf8') })),
  )
}

async function readmesIn(folder: string): Promise<string[]> {
  const entries = await readdir(fromRoot(folder), { withFileTypes: true })
  const folders = entries.filter((entry) => entry.isDirectory())
  return folders.map(({ name }) => `${folder}/${name}/README.md`).sort()
}

async function pagesIn(folder: string): Promise<string[]> {
  const entries = await readdir(fromRoot(folder), { withFileTypes: true })
  const found = entries.map(async (entry) => {
    const path = `${folder}/${entry.name}`
    if (!entry.isDirectory()) return path.endsWith('.md') ? [path] : []
    return entry.name === 'node_modules' || entry.name.startsWith('.') ? [] : pagesIn(path)
  })
  return (await Promise.all(found)).flat().sort()
}

/** The code between backticks in the text of a page. */
export function codesOf(page: Page): string[] {
  return [...proseOf(page).matchAll(/`([^`\n]+)`/g)].flatMap(([, code]) => code ?? [])
}

/** The text of a page without its code blocks and comments. */
export function proseOf({ text }: Page): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '').replace(/<!--[\s\S]*?-->/g, '')
}
