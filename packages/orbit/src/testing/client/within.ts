import { Hono } from 'hono'
import { installedAs } from '../../installed.ts'
import type { Made } from '../../made.ts'
import type { Visit } from '../../visit.ts'

/**
 * Runs `work` with the session of a request that has these headers, like a handler of the app. Returns the
 * response with its cookies. The request goes through the app's own middleware, so it uses the app's store,
 * secret and rules. No other code of the app sees it.
 *
 * The request is a HEAD, which ends no flash message and needs no CSRF token.
 *
 * @throws the error of `work` or of the commit
 */
export async function within<T>(
  { middleware, settings }: Made,
  { origin, env }: { readonly origin: string; readonly env: object | undefined },
  headers: Headers,
  work: (visit: Visit) => T,
): Promise<{ value: T; response: Response }> {
  let done: { readonly value: T } | undefined
  let failure: { readonly error: unknown } | undefined
  const app = new Hono()
  app.use(middleware)
  app.all('*', (c) => {
    const installed = installedAs(c, settings.exposeAs)
    if (!installed) throw new TypeError('The middleware did not install a session.')
    done = { value: work(installed.visit) }
    return c.body(null, 204)
  })
  app.onError((error, c) => {
    failure = { error }
    return c.body(null, 500)
  })
  const url = new URL(pathInside(settings.cookie), origin)
  const response = await app.fetch(new Request(url, { method: 'HEAD', headers }), env)
  if (failure) throw failure.error
  if (!done) throw new TypeError(`The session was not reached: ${response.status}.`)
  return { value: done.value, response }
}

/** A path of the app to which browsers send the cookie. */
function pathInside({ path, publicPath }: Made['settings']['cookie']): string {
  return path.startsWith(publicPath) ? path.slice(publicPath.length) || '/' : '/'
}
