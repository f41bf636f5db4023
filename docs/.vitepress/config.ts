import { defineConfig } from 'vitepress'
import llms from 'vitepress-plugin-llms'

const pages = {
  '': [
    ['Guide', 'guide/orbit-session-starter'],
    ['API', 'api/orbit-session'],
  ],
  'How it works': [
    ['CSRF', 'csrf'],
    ['Concurrent requests', 'concurrency'],
    ['Drivers', 'drivers'],
    ['Where to deploy', 'deploy'],
    ['Custom stores', 'stores'],
    ['Count and end sessions', 'operations'],
    ['Security', 'security'],
    ['Benchmarks', 'benchmarks'],
  ],
  Recipes: [
    ['Sign-in with a password', 'recipes/sign-in'],
    ['Two-factor sign-in (TOTP)', 'recipes/second-factor'],
    ['Passkeys (WebAuthn)', 'recipes/passkeys'],
    ['OAuth sign-in', 'recipes/oauth'],
    ['Remember me', 'recipes/remember-me'],
    ['Your devices', 'recipes/devices'],
    ['Confirm the password again', 'recipes/recent-password'],
    ['Sessions in PostgreSQL or MySQL', 'recipes/database'],
    ['Validation errors and old input', 'recipes/form-errors'],
    ['Multi-step forms', 'recipes/multi-step-forms'],
    ['Your own transaction', 'recipes/transactions'],
    ['Streaming and WebSockets', 'recipes/streaming'],
    ['Two sessions in one app', 'recipes/two-sessions'],
    ['CSRF with htmx', 'recipes/htmx'],
    ['With other Hono middleware', 'recipes/other-middleware'],
    ['Behind nginx or Caddy', 'recipes/behind-a-proxy'],
    ['Deployment checklist', 'recipes/deployment'],
    ['Change the driver', 'recipes/change-driver'],
    ['Cloudflare Workers', 'recipes/workers'],
    ['Testing your app', 'testing'],
  ],
  Help: [['Troubleshooting', 'troubleshooting']],
  'Coming from': [
    ['express-session', 'coming-from/express-session'],
    ['hono_sessions', 'coming-from/hono-sessions'],
    ['iron-session', 'coming-from/iron-session'],
    ['Laravel', 'coming-from/laravel'],
    ['Gravito', 'coming-from/gravito'],
  ],
} satisfies Record<string, [text: string, page: string][]>

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="#5b6be0" stroke-width="3">
<circle cx="16" cy="16" r="5" fill="#5b6be0"/><ellipse cx="16" cy="16" rx="14" ry="6" transform="rotate(-30 16 16)"/>
</svg>`

export default defineConfig({
  title: 'Orbit',
  description:
    'Sessions, flash messages and CSRF protection for Hono and Gravito apps, on Bun, Node, Deno and Cloudflare Workers',
  lang: 'en',
  head: [['link', { rel: 'icon', href: `data:image/svg+xml,${encodeURIComponent(icon)}` }]],
  cleanUrls: true,
  // A link that leads nowhere fails the build.
  ignoreDeadLinks: false,
  transformPageData({ relativePath, frontmatter }) {
    if (relativePath !== 'troubleshooting.md') return
    // One long table: as wide as the page, and on a phone row by row.
    Object.assign(frontmatter, { aside: false, pageClass: 'one-table' })
  },
  // For programs that read the docs: llms.txt lists the pages, and each page is there as Markdown too.
  vite: {
    plugins: [
      llms({
        title: 'Orbit',
        description: 'Sessions, flash messages and CSRF protection for Hono and Gravito apps.',
        details:
          'Every code block in these pages is compiled or run by the tests of the repository.',
        ignoreFiles: ['node_modules/**'],
        experimental: { depth: 1 },
      }),
    ],
  },
  // Caddy's own language is not known; that of nginx is near.
  markdown: { languageAlias: { caddyfile: 'nginx' } },
  themeConfig: {
    nav: [
      { text: 'Guide', link: '/guide/orbit-session-starter' },
      { text: 'API', link: '/api/orbit-session' },
      { text: 'Recipes', link: '/recipes/sign-in', activeMatch: '^/recipes/' },
      { text: 'Troubleshooting', link: '/troubleshooting' },
    ],
    sidebar: Object.entries(pages).map(([text, items]) => ({
      ...(text === '' ? {} : { text }),
      items: items.map(([title, page]) => ({ text: title, link: `/${page}` })),
    })),
    outline: { level: [2, 3] },
    search: { provider: 'local' },
    docFooter: { prev: 'Before', next: 'Next' },
    footer: { message: 'MIT licence' },
  },
})
