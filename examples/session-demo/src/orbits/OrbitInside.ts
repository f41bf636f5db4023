import type { Orbit, PlanetCore } from 'gravito-core'

/** Sends a GET request to this app with the given cookies, or without cookies. */
type AskInside = (path: string, cookies?: string) => Promise<Response>

declare module 'hono' {
  interface ContextVariableMap {
    askInside: AskInside
  }
}

/**
 * Lets a handler send requests to its own app without the network. Over the network, the `Host` header
 * of a request would decide which server gets them.
 */
export class OrbitInside implements Orbit {
  install(core: PlanetCore) {
    core.app.use('*', async function insideMiddleware(c, next) {
      c.set('askInside', async (path, cookies) => {
        const headers = new Headers()
        if (cookies !== undefined) headers.set('Cookie', cookies)
        // The name of the session cookie depends on this header.
        const scheme = c.req.header('X-Forwarded-Proto')
        if (scheme !== undefined) headers.set('X-Forwarded-Proto', scheme)
        return core.fetch(new Request(new URL(path, c.req.url), { headers }), c.env)
      })
      await next()
    })
  }
}
