import type { Context, Handler, Hono, MiddlewareHandler, Next } from 'hono'
import type { MergePath } from 'hono/types'
import { type ControllerAction, Controllers } from './controllers.ts'
import { GravitoError } from './errors.ts'

export type { ControllerAction } from './controllers.ts'

/** A Hono handler. The path gives the types of its parameters: for `/users/:id`, `c.req.param('id')` is a string. */
export type RouteHandler<Path extends string = string> = (
  // biome-ignore lint/suspicious/noExplicitAny: Hono's default for the environment of a context
  c: Context<any, Path>,
  next: Next,
) => Response | ReturnType<MiddlewareHandler>

/** The arguments of a route after its path: optional middleware, then the handler. */
export type RouteHandlers<T extends object, Path extends string = string> = [
  ...middleware: MiddlewareHandler[],
  handler: RouteHandler<Path> | ControllerAction<T>,
]

/** The part of Hono that a router needs. */
type RouterApp = Pick<Hono, 'on' | 'basePath'>

/**
 * A function that registers routes: the `routes` option, or the default export of the routes file. It can be
 * async. Its return value is ignored.
 */
export type RoutesFunction = (routes: Router) => unknown

/** Options that all routes of a group share. */
export interface GroupOptions<Prefix extends string = string> {
  /** Added before the path of every route. Handlers can also read its parameters. Default: none. */
  prefix?: Prefix
  /** Middleware that runs before every route of the group, in this order, and for no other routes. Default: none. */
  middleware?: readonly MiddlewareHandler[]
}

/**
 * Registers routes on the Hono app of a core. Each core has one router, `core.router`, which the routes
 * file receives. It accepts routes until the first request. For everything else, use `core.app`.
 *
 * ```ts
 * routes.get('/health', (c) => c.text('ok'))
 * routes.group({ prefix: '/users', middleware: [signedIn] }, (users) => {
 *   users.get('/:id', [UserController, 'show'])
 * })
 * ```
 *
 * Every method throws a `GravitoError` with the code `route-invalid` if a handler is not valid, and with the code
 * `router-closed` after the first request.
 */
export class Router<Base extends string = '/'> {
  readonly #app: RouterApp
  readonly #controllers: Controllers
  readonly #middleware: readonly MiddlewareHandler[]

  /** Use the constructor only in tests of routes. An app uses `core.router`. */
  constructor(
    app: RouterApp,
    controllers = new Controllers(),
    middleware: readonly MiddlewareHandler[] = [],
  ) {
    this.#app = app
    this.#controllers = controllers
    this.#middleware = middleware
  }

  /** Adds a GET route, which also handles HEAD. */
  get<T extends object, Path extends string = string>(
    path: Path,
    ...handlers: RouteHandlers<T, MergePath<Base, Path>>
  ): this {
    return this.#add('GET', path, handlers)
  }

  /** Adds a POST route. */
  post<T extends object, Path extends string = string>(
    path: Path,
    ...handlers: RouteHandlers<T, MergePath<Base, Path>>
  ): this {
    return this.#add('POST', path, handlers)
  }

  /** Adds a PUT route. */
  put<T extends object, Path extends string = string>(
    path: Path,
    ...handlers: RouteHandlers<T, MergePath<Base, Path>>
  ): this {
    return this.#add('PUT', path, handlers)
  }

  /** Adds a PATCH route. */
  patch<T extends object, Path extends string = string>(
    path: Path,
    ...handlers: RouteHandlers<T, MergePath<Base, Path>>
  ): this {
    return this.#add('PATCH', path, handlers)
  }

  /** Adds a DELETE route. */
  delete<T extends object, Path extends string = string>(
    path: Path,
    ...handlers: RouteHandlers<T, MergePath<Base, Path>>
  ): this {
    return this.#add('DELETE', path, handlers)
  }

  /** Adds an OPTIONS route. */
  options<T extends object, Path extends string = string>(
    path: Path,
    ...handlers: RouteHandlers<T, MergePath<Base, Path>>
  ): this {
    return this.#add('OPTIONS', path, handlers)
  }

  /** Adds a route for every method. */
  all<T extends object, Path extends string = string>(
    path: Path,
    ...handlers: RouteHandlers<T, MergePath<Base, Path>>
  ): this {
    return this.#add('ALL', path, handlers)
  }

  /** Adds routes that share a prefix and middleware. You can nest groups. Returns the return value of `register`. */
  group<R, Prefix extends string = '/'>(
    options: GroupOptions<Prefix>,
    register: (routes: Router<MergePath<Base, Prefix>>) => R,
  ): R {
    const { prefix = '/', middleware = [] } = options
    const app = this.#app.basePath(prefix)
    return register(new Router(app, this.#controllers, [...this.#middleware, ...middleware]))
  }

  #add(method: string, path: string, handlers: readonly unknown[]): this {
    try {
      if (handlers.length === 0) throw new GravitoError('route-invalid', 'it has no handler')
      this.#app.on(
        method,
        [path],
        ...this.#middleware,
        ...handlers.map((given) => this.#handler(given)),
      )
      return this
    } catch (cause) {
      throw explain(`${method} ${path}`, cause)
    }
  }

  #handler(given: unknown): Handler {
    if (isHandler(given)) return given
    if (Array.isArray(given)) return this.#controllers.handler(given)
    throw new GravitoError(
      'route-invalid',
      `${given} is neither a function nor [Controller, 'method']`,
    )
  }
}

function explain(route: string, cause: unknown): GravitoError {
  if (cause instanceof GravitoError) {
    return new GravitoError(cause.code, `The route ${route} was refused: ${cause.message}.`, {
      cause,
    })
  }
  // Hono builds its matcher at the first request and refuses routes after that.
  return new GravitoError(
    'router-closed',
    `The route ${route} was registered after the first request. Register all routes before it.`,
    { cause },
  )
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function'
}
