import type { Context } from 'hono'

// `process` is there on every runtime; its types are not.
declare const process: { versions: Record<string, string> }

/** What the guide's app lacks and the suite wants: handlers that write, read a form, name the runtime. */
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

  runtime(c: Context) {
    return c.json(process.versions)
  }
}
