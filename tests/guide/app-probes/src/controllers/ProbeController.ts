import type { Context } from 'hono'

/** What the guide's app lacks and the suite wants: a handler that writes, and one that reads a form. */
export class ProbeController {
  count(c: Context) {
    return c.json({ count: c.get('session').get<number>('count', 0) })
  }

  add(c: Context) {
    return c.json({ count: c.get('session').increment('count') })
  }

  async form(c: Context) {
    const { name } = await c.req.parseBody()
    return c.json({ name })
  }
}
