import type { Context } from 'hono'

// Every runtime has `process`, but not its types.
declare const process: { versions: Record<string, string> }

/**
 * Routes that the suite needs in addition to the guide's: handlers that write, read a form, name
 * the runtime.
 */
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
