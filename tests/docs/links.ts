import { type Page, proseOf } from './pages.ts'

/** Where the links of a page lead that name a file or a place, not a site. */
export function linksOf(page: Page): string[] {
  const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, to]) => to ?? [])
  return links.filter((to) => !/^[a-z]+:/.test(to))
}

/** Where the buttons of the site's front page lead. */
export function buttonsOf({ text }: Page): string[] {
  const [, frontMatter = ''] = /^---\n([\s\S]*?)\n---\n/.exec(text) ?? []
  return [...frontMatter.matchAll(/^\s+link: (\/\S+)$/gm)].flatMap(([, to]) => to ?? [])
}

/** The names under which a page's headings can be linked to, on GitHub and on the site alike. */
export function anchorsOf(page: Page): string[] {
  const titles = [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title)
  const onSite = titles.map(siteAnchor)
  return titles.map(gitHubAnchor).filter((anchor) => onSite.includes(anchor))
}

function gitHubAnchor(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')
}

/** As VitePress makes them: what GitHub leaves out is a hyphen there. */
function siteAnchor(title: string): string {
  return title
    .replace(/`/g, '')
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[\s~`!@#$%^&*()\-_+=[\]{}|\\;:"'“”‘’<>,.?/]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .replace(/^(\d)/, '_$1')
    .toLowerCase()
}
