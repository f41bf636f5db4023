import { defineConfig } from 'vitepress'
import llms from 'vitepress-plugin-llms'
import { miniSearch } from './search.ts'
import { labelCells } from './table-labels.ts'

const pages = {
  '': [
    ['Guide', 'guide/orbit-session-starter'],
    ['API', 'api/orbit-session'],
    ['Troubleshooting', 'troubleshooting'],
  ],
  'How it works': [
    ['CSRF protection', 'csrf'],
    ['Concurrent requests', 'concurrency'],
    ['Security', 'security'],
    ['Benchmarks', 'benchmarks'],
  ],
  Stores: [
    ['Choose a driver', 'drivers'],
    ['PostgreSQL and MySQL', 'recipes/database'],
    ['Cloudflare Workers', 'recipes/workers'],
    ['Change the driver', 'recipes/change-driver'],
    ['Your own transaction', 'recipes/transactions'],
    ['Custom stores', 'stores'],
  ],
  'Sign-in': [
    ['With a password', 'recipes/sign-in'],
    ['Two-factor (TOTP)', 'recipes/second-factor'],
    ['Passkeys (WebAuthn)', 'recipes/passkeys'],
    ['OAuth', 'recipes/oauth'],
    ['Remember me', 'recipes/remember-me'],
    ['Your devices', 'recipes/devices'],
    ['Confirm the password again', 'recipes/recent-password'],
  ],
  'Forms and pages': [
    ['Validation errors and old input', 'recipes/form-errors'],
    ['Multi-step forms', 'recipes/multi-step-forms'],
    ['CSRF with htmx', 'recipes/htmx'],
    ['Streaming and WebSockets', 'recipes/streaming'],
    ['Two sessions in one app', 'recipes/two-sessions'],
    ['Other Hono middleware', 'recipes/other-middleware'],
  ],
  'Tests and production': [
    ['Testing your app', 'testing'],
    ['Where to deploy', 'deploy'],
    ['Deployment checklist', 'recipes/deployment'],
    ['Behind nginx or Caddy', 'recipes/behind-a-proxy'],
    ['Count and end sessions', 'operations'],
  ],
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
    // Tables with many columns need the place of the outline.
    const wide = ['benchmarks.md', 'deploy.md', 'security.md', 'troubleshooting.md']
    if (wide.includes(relativePath)) frontmatter.aside = false
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
  markdown: {
    // The default themes have comments and keywords with a contrast below 4.5 (WCAG 2.2, 1.4.3).
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    // The highlighter does not know Caddyfiles. Their syntax is close to that of nginx.
    languageAlias: { caddyfile: 'nginx' },
    config: labelCells,
  },
  themeConfig: {
    nav: [
      { text: 'Guide', link: '/guide/orbit-session-starter' },
      { text: 'API', link: '/api/orbit-session' },
      { text: 'Troubleshooting', link: '/troubleshooting' },
    ],
    sidebar: Object.entries(pages).map(([text, items]) => ({
      ...(text === '' ? {} : { text }),
      items: items.map(([title, page]) => ({ text: title, link: `/${page}` })),
    })),
    outline: { level: [2, 3] },
    search: { provider: 'local', options: { miniSearch } },
    docFooter: { prev: 'Previous', next: 'Next' },
    footer: { message: 'MIT licence' },
  },
})
