import type { Context, Handler, Hono, MiddlewareHandler, Next } from 'hono'
import type { MergePath } from 'hono/types'
import { type ControllerAction, Controllers } from './controllers.ts'
import { GravitoError } from './errors.ts'

export type { ControllerAction } from './controllers.ts'

/** A handler as Hono knows it: of `/users/:id`, `c.req.param('id')` is a string. */
export type RouteHandler<Path extends string = string> = (
  // biome-ignore lint/suspicious/noExplicitAny: Hono's own default for what a context carries
  c: Context<any, Path>,
  next: Next,
) => Response | ReturnType<MiddlewareHandler>

/** What a route takes after its path: any middleware of its own, then what answers it. */
export type RouteHandlers<T extends object, Path extends string = string> = [
  ...middleware: MiddlewareHandler[],
  handler: RouteHandler<Path> | ControllerAction<T>,
]

/** The part of Hono that a router needs. */
type RouterApp = Pick<Hono, 'on' | 'basePath'>

/**
 * Registers routes: the function given as `routes`, or a routes file's default export. It may be
 * async; what it returns is ignored.
 */
export type RoutesFunction = (routes: Router) => unknown

/** What the routes of a group share. */
export interface GroupOptions<Prefix extends string = string> {
  /** Put before the path of every route; handlers know its parameters too. Default: none. */
  prefix?: Prefix
  /** Runs, in this order, before every route of the group, and for nothing else. Default: none. */
  middleware?: readonly MiddlewareHandler[]
}

/**
 * Registers routes on a core's Hono app. A core has one (`core.router`) and hands it to the routes
 * file; it takes routes until the first request. For anything that is not here, use `core.app`.
 *
 * ```ts
 * routes.get('/health', (c) => c.text('ok'))
 * routes.group({ prefix: '/users', middleware: [signedIn] }, (users) => {
 *   users.get('/:id', [UserController, 'show'])
 * })
 * ```
 *
 * Every verb throws a `GravitoError`: `route-invalid` where a handler cannot be used,
 * `router-closed` after the first request.
 */
export class Router<Base extends string = '/'> {
  readonly #app: RouterApp
  readonly #controllers: Controllers
  readonly #middleware: readonly MiddlewareHandler[]

  /** For tests of routes alone. An app uses `core.router`. */
  constructor(
    app: RouterApp,
    controllers = new Controllers(),
    middleware: readonly MiddlewareHandler[] = [],
  ) {
    this.#app = app
    this.#controllers = controllers
    this.#middleware = middleware
  }

  /** GET, and HEAD with it. */
  get<T extends object, Path extends string = string>(
    path: Path,
    ...handlers: RouteHandlers<T, MergePath<Base, Path>>
  ): this {
    return this.#add('GET', path, handlers)
  }

  /** POST. */
  post<T extends object, Path extends string = string>(
    path: Path,
    ...handlers: RouteHandlers<T, MergePath<Base, Path>>
  ): this {
    return this.#add('POST', path, handlers)
  }

  /** PUT. */
  put<T extends object, Path extends string = string>(
    path: Path,
    ...handlers: RouteHandlers<T, MergePath<Base, Path>>
  ): this {
    return this.#add('PUT', path, handlers)
  }

  /** PATCH. */
  patch<T extends object, Path extends string = string>(
    path: Path,
    ...handlers: RouteHandlers<T, MergePath<Base, Path>>
  ): this {
    return this.#add('PATCH', path, handlers)
  }

  /** DELETE. */
  delete<T extends object, Path extends string = string>(
    path: Path,
    ...handlers: RouteHandlers<T, MergePath<Base, Path>>
  ): this {
    return this.#add('DELETE', path, handlers)
  }

  /** OPTIONS. */
  options<T extends object, Path extends string = string>(
    path: Path,
    ...handlers: RouteHandlers<T, MergePath<Base, Path>>
  ): this {
    return this.#add('OPTIONS', path, handlers)
  }

  /** Any method. */
  all<T extends object, Path extends string = string>(
    path: Path,
    ...handlers: RouteHandlers<T, MergePath<Base, Path>>
  ): this {
    return this.#add('ALL', path, handlers)
  }

  /** Routes that share a prefix and middleware. Groups nest. Returns what `register` returns. */
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
  // Hono builds its matcher at the first request, and takes no route afterwards.
  return new GravitoError(
    'router-closed',
    `The route ${route} comes too late: register routes before the first request.`,
    { cause },
  )
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function'
}
