// Pages whose scripts send requests, each with a library in its default configuration. On all of
// them, `post(path, data)` sends a POST and returns the status of the response. The library itself
// is `/scripts/<name>`.

import { readFileSync } from 'node:fs'
import { raw } from 'hono/html'

const recipe = readFileSync(new URL('../../docs/recipes/htmx.md', import.meta.url), 'utf8')
/** What the recipe says to put into a page with htmx. */
const [recipeScript] = /<script>\n[\s\S]*?<\/script>/.exec(recipe)

const scripts = {
  'csrf-fetch': `<script type="module">
    import { createCsrfFetch, csrfFetch } from '/scripts/csrf-fetch'
    const post = async (path, data) => {
      const headers = { 'Content-Type': 'application/json' }
      const response = await csrfFetch(path, { method: 'POST', headers, body: JSON.stringify(data) })
      return response.status
    }
    Object.assign(window, { createCsrfFetch, csrfFetch, post })
  </script>`,
  axios: `<script src="/scripts/axios"></script><script>
    window.post = async (path, data) =>
      (await axios.post(path, data, { validateStatus: () => true })).status
  </script>`,
  angular: '<script type="module" src="/scripts/angular"></script>',
  htmx: `<script src="/scripts/htmx"></script>${recipeScript}<script>
    window.post = (path, values) =>
      new Promise((resolve) => {
        addEventListener('htmx:afterRequest', ({ detail }) => resolve(detail.xhr.status), { once: true })
        // By default, htmx sends nothing to another origin.
        addEventListener('htmx:invalidPath', () => resolve(0), { once: true })
        htmx.ajax('POST', path, { values, swap: 'none' })
      })
  </script>`,
}

/** A pattern for the paths of the pages. */
export const scripted = Object.keys(scripts).join('|')

export const scriptsOf = (name) => raw(scripts[name])
