import { readFile } from 'node:fs/promises'
import type { Context } from 'hono'

const types = new Map([
  ['style.css', 'text/css; charset=utf-8'],
  ['icon.svg', 'image/svg+xml'],
  ['csrf.js', 'text/javascript; charset=utf-8'],
  ['cart.js', 'text/javascript; charset=utf-8'],
  ['attacks.js', 'text/javascript; charset=utf-8'],
])

export class AssetController {
  /** Does not use the session. So the response sets no cookie, and any cache may store it. */
  async file(c: Context) {
    const name = c.req.param('name') ?? ''
    const type = types.get(name)
    if (type === undefined) return c.notFound()
    const content = await readFile(new URL(`../../public/${name}`, import.meta.url), 'utf8')
    return c.body(content, 200, { 'Content-Type': type, 'Cache-Control': 'public, no-cache' })
  }
}
