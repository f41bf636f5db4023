import { type Page, proseOf } from './pages.ts'

/** The targets of the links on a page, except links to other sites. */
export function linksOf(page: Page): string[] {
  const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, to]) => to ?? [])
  return links.filter((to) => !/^[a-z]+:/.test(to))
}

/** The targets of the buttons on the front page of the site. */
export function buttonsOf({ text }: Page): string[] {
  const [, frontMatter = ''] = /^---\n([\s\S]*?)\n---\n/.exec(text) ?? []
  return [...frontMatter.matchAll(/^\s+link: (\/\S+)$/gm)].flatMap(([, to]) => to ?? [])
}

/** The anchors of the headings of a page, for GitHub and for the site. */
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

/** The anchor that VitePress generates. It replaces each character that GitHub omits with a hyphen. */
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
