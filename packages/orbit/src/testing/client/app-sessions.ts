import { type Made, made } from '../../made.ts'
import type { SessionMiddleware } from '../../middleware.ts'
import { quote } from '../../quote.ts'

/** The part of a Hono app that the test client reads. */
export interface TestApp {
  /** All handlers of the app. */
  readonly routes: readonly { readonly handler: unknown }[]
}

/** Where a test client finds the sessions of an app: the result of `session()`, a Hono app, or a Gravito core. */
export type TestSessions =
  | Pick<SessionMiddleware, 'ready' | 'close' | 'sessions'>
  | TestApp
  /** A core. */
  | { readonly app: TestApp }

/** The session middleware of an app. The app may add it after the client was created, so it is read at each use. */
export class AppSessions {
  readonly #where: unknown
  readonly #advice: string

  /**
   * @param where a middleware, an app, a core or any other value
   * @param advice what to do if there is no session
   */
  constructor(where: unknown, advice: string) {
    this.#where = where
    this.#advice = advice
  }

  /** In the order of the app. If several have the same name and cookie, the first one decides, as in the app. */
  all(): readonly Made[] {
    const found = handlersIn(this.#where).flatMap((handler) => made.get(Object(handler)) ?? [])
    return found.filter((one, at) => found.findIndex((other) => isSame(one, other)) === at)
  }

  /** The session that a client uses if it names none. `undefined` if that is not clear. */
  main(): Made | undefined {
    const [one, ...others] = candidates(this.all(), undefined)
    return others.length === 0 ? one : undefined
  }

  /** @throws {TypeError} if there is no session, if none has that name, or if several have it */
  named(method: string, exposeAs: string | undefined): Made {
    const all = this.all()
    if (all.length === 0) {
      throw new TypeError(`${method}() needs the session() of the app. ${this.#advice}`)
    }
    const [one, ...others] = candidates(all, exposeAs)
    if (one && others.length === 0) return one
    const names = [...new Set(all.map(({ settings }) => quote(settings.exposeAs)))].join(', ')
    throw new TypeError(
      one
        ? `The app has several sessions under the name ${quote(one.settings.exposeAs)}, so ${method}() cannot tell which one you mean. Pass that one to the client: testClient(app, { sessions }), where sessions is the result of its session().`
        : `The app has no session under the name ${quote(exposeAs ?? 'session')}. ${method}() takes one of these as exposeAs: ${names}.`,
    )
  }
}

function candidates(all: readonly Made[], exposeAs: string | undefined): readonly Made[] {
  if (exposeAs === undefined && all.length === 1) return all
  return all.filter(({ settings }) => settings.exposeAs === (exposeAs ?? 'session'))
}

function isSame({ settings: a }: Made, { settings: b }: Made): boolean {
  if (a.exposeAs !== b.exposeAs) return false
  return a.cookie.name === b.cookie.name && a.cookie.path === b.cookie.path
}

function handlersIn(where: unknown): readonly unknown[] {
  if (typeof where === 'function') return [where]
  const routes = routesOf(where) ?? routesOf(Object(where).app) ?? []
  return routes.map((route) => unwrapped(Object(route).handler))
}

function routesOf(app: unknown): readonly unknown[] | undefined {
  const { routes }: { routes?: unknown } = Object(app)
  return Array.isArray(routes) ? routes : undefined
}

/** `app.route()` wraps the handlers of an app with its own `onError`. The original is under this name. */
function unwrapped(handler: unknown): unknown {
  const inner: unknown = Object(handler).__COMPOSED_HANDLER
  return inner === undefined ? handler : unwrapped(inner)
}
