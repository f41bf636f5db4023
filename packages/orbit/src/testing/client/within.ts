import { Hono } from 'hono'
import { installedAs } from '../../installed.ts'
import type { Made } from '../../made.ts'
import type { Visit } from '../../visit.ts'

/**
 * Does something with the session of a request that carries these headers, as a handler of the app could, and
 * returns the response with its cookies. The request goes through the app's own middleware, so its store, its
 * secret and its rules are those of the app. Nothing else of the app sees it.
 *
 * The request is a HEAD, which ends no flash message and needs no CSRF token.
 *
 * @throws whatever `work` or the commit throws
 */
export async function within<T>(
  { middleware, settings }: Made,
  origin: string,
  headers: Headers,
  work: (visit: Visit) => T,
): Promise<{ value: T; response: Response }> {
  let done: { readonly value: T } | undefined
  let failure: { readonly error: unknown } | undefined
  const app = new Hono()
  app.use(middleware)
  app.all('*', (c) => {
    const installed = installedAs(c, settings.exposeAs)
    if (!installed) throw new TypeError('The middleware has installed no session.')
    done = { value: work(installed.visit) }
    return c.body(null, 204)
  })
  app.onError((error, c) => {
    failure = { error }
    return c.body(null, 500)
  })
  const url = new URL(pathInside(settings.cookie), origin)
  const response = await app.fetch(new Request(url, { method: 'HEAD', headers }))
  if (failure) throw failure.error
  if (!done) throw new TypeError(`The session was not reached: ${response.status}.`)
  return { value: done.value, response }
}

/** A path of the app at which browsers send the cookie. */
function pathInside({ path, publicPath }: Made['settings']['cookie']): string {
  return path.startsWith(publicPath) ? path.slice(publicPath.length) || '/' : '/'
}
