import type { Orbit, PlanetCore } from 'gravito-core'

/** Sends a GET to this app with these cookies only, or with none. */
type AskInside = (path: string, cookies?: string) => Promise<Response>

declare module 'hono' {
  interface ContextVariableMap {
    askInside: AskInside
  }
}

/**
 * Lets a handler send requests to its own app without the network. With the network, the `Host` header
 * of a request could lead a fetch anywhere.
 */
export class OrbitInside implements Orbit {
  install(core: PlanetCore) {
    core.app.use('*', async function insideMiddleware(c, next) {
      c.set('askInside', async (path, cookies) => {
        const headers = new Headers()
        if (cookies !== undefined) headers.set('Cookie', cookies)
        // The name of the session's cookie depends on it.
        const scheme = c.req.header('X-Forwarded-Proto')
        if (scheme !== undefined) headers.set('X-Forwarded-Proto', scheme)
        return core.fetch(new Request(new URL(path, c.req.url), { headers }), c.env)
      })
      await next()
    })
  }
}
