// Axios as in a browser, without configuration: it reads document.cookie and sets its own header.
// node axios-client.mjs <url> <cookie header>; prints the status and the CSRF headers that it sent.

import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [url, cookies] = process.argv.slice(2)

globalThis.window = { location: new URL(url) }
globalThis.document = {
  // Scripts in a browser cannot read HttpOnly cookies.
  cookie: cookies
    .split('; ')
    .filter((cookie) => cookie.startsWith('XSRF-TOKEN='))
    .join('; '),
}

let sent = {}
const fetch = globalThis.fetch
// A browser adds the cookies by itself.
globalThis.fetch = (input, init) => {
  const request = new Request(input, init)
  sent = Object.fromEntries([...request.headers].filter(([name]) => /csrf|xsrf/.test(name)))
  request.headers.set('Cookie', cookies)
  return fetch(request)
}

// The copy in the app's folder, whose package.json is in the working directory.
const require = createRequire(join(process.cwd(), 'package.json'))
const entry = join(require.resolve('axios/package.json'), '..', 'index.js')
const { default: axios } = await import(pathToFileURL(entry).href)

const response = await axios.post(url, undefined, { adapter: 'fetch', validateStatus: () => true })
console.log(JSON.stringify({ status: response.status, sent }))
