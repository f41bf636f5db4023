import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { describe, expect, test } from 'vitest'
import { Router } from './router.ts'

function setUp() {
  const app = new Hono()
  return { app, routes: new Router(app) }
}

const textOf = async (app: Hono, path: string, method = 'GET') =>
  (await app.request(path, { method })).text()

class Greeter {
  readonly #name = 'Ada'
  made = 0
  index(c: Context) {
    return c.text(`Hello ${this.#name}`)
  }
  async count(c: Context) {
    this.made++
    return c.text(String(this.made))
  }
}

describe('routes', () => {
  test('each method of the router registers a route for that HTTP method', async () => {
    const { app, routes } = setUp()
    for (const verb of ['get', 'post', 'put', 'patch', 'delete', 'options'] as const) {
      routes[verb]('/', (c) => c.text(verb))
    }
    routes.all('/all', (c) => c.text(c.req.method))
    for (const verb of ['get', 'post', 'put', 'patch', 'delete', 'options']) {
      expect(await textOf(app, '/', verb.toUpperCase())).toBe(verb)
      expect(await textOf(app, '/all', verb.toUpperCase())).toBe(verb.toUpperCase())
    }
    expect((await app.request('/', { method: 'HEAD' })).status).toBe(200)
  })

  test('a controller method keeps its `this`, and all routes share one instance', async () => {
    const { app, routes } = setUp()
    routes.get('/', [Greeter, 'index']).get('/a', [Greeter, 'count'])
    routes.group({ prefix: '/b' }, (group) => group.get('/', [Greeter, 'count']))
    expect(await textOf(app, '/')).toBe('Hello Ada')
    expect(await textOf(app, '/a')).toBe('1')
    expect(await textOf(app, '/b')).toBe('2')
  })

  test('each core has its own instance of a controller', async () => {
    for (const { app, routes } of [setUp(), setUp()]) {
      routes.get('/', [Greeter, 'count'])
      expect(await textOf(app, '/')).toBe('1')
    }
  })

  test('groups share a prefix and middleware, can be nested, and do not change other routes', async () => {
    const { app, routes } = setUp()
    const trace =
      (name: string): MiddlewareHandler =>
      async (c, next) => {
        await next()
        c.header('trace', name, { append: true })
      }
    routes.group({ prefix: 'admin', middleware: [trace('outer')] }, (admin) => {
      admin.get('/', (c) => c.text('admin'))
      admin.group({ prefix: '/users/', middleware: [trace('inner')] }, (users) => {
        users.get('/:id', trace('own'), (c) => c.text(`user ${c.req.param('id')}`))
      })
    })
    routes.group({ middleware: [trace('no prefix')] }, (plain) =>
      plain.get('/plain', (c) => c.text('')),
    )
    routes.get('/free', (c) => c.text('free'))
    expect(await textOf(app, '/admin')).toBe('admin')
    const nested = await app.request('/admin/users/7')
    expect(await nested.text()).toBe('user 7')
    expect(nested.headers.get('trace')).toBe('own, inner, outer')
    expect((await app.request('/plain')).headers.get('trace')).toBe('no prefix')
    expect((await app.request('/free')).headers.has('trace')).toBe(false)
  })

  test('a group returns the result of its function, so you can await it', async () => {
    const { app, routes } = setUp()
    await routes.group({ prefix: '/late' }, async (late) => {
      await Promise.resolve()
      late.get('/', (c) => c.text('in time'))
    })
    expect(await textOf(app, '/late')).toBe('in time')
  })
})

describe('a route is refused when it is registered', () => {
  class Wanting {
    readonly name: string
    constructor(name: string) {
      this.name = name
    }
    index(c: Context) {
      return c.text(this.name)
    }
  }
  class Failing {
    constructor() {
      throw new Error('no database')
    }
  }

  // These handlers do not compile, but JavaScript or a cast can pass them.
  test.each<[string, unknown, string]>([
    ['a missing method', [Greeter, 'show'], 'Greeter has no public method "show"'],
    ['a property that is not a function', [Greeter, 'made'], 'Greeter has no public method "made"'],
    [
      'a method that every object inherits',
      [Greeter, 'toString'],
      'Greeter has no public method "toString"',
    ],
    ['the constructor', [Greeter, 'constructor'], 'Greeter has no public method "constructor"'],
    [
      'a constructor with arguments',
      [Wanting, 'index'],
      'the constructor of Wanting must not take arguments',
    ],
    ['a constructor that throws', [Failing, 'index'], 'new Failing() failed: no database'],
    [
      'a class that is undefined',
      [undefined, 'index'],
      'a pair: a class and the name of one of its methods',
    ],
    [
      'a pair with a third item',
      [Greeter, 'index', 1],
      'a pair: a class and the name of one of its methods',
    ],
    ['an arrow function as class', [() => 1, 'index'], '() failed: '],
    ['no handler', undefined, "undefined is neither a function nor [Controller, 'method']"],
  ])('%s', (_name, handler, message) => {
    const { routes } = setUp()
    const register = () => Reflect.apply(routes.get, routes, ['/me', handler])
    expect(register).toThrow(`The route GET /me was refused: `)
    expect(register).toThrow(message)
    expect(register).toThrow(expect.objectContaining({ code: 'route-invalid' }))
  })

  test('no handler at all', () => {
    const { routes } = setUp()
    expect(() => Reflect.apply(routes.get, routes, ['/me'])).toThrow('it has no handler')
  })

  test('a route after the first request', async () => {
    const { app, routes } = setUp()
    routes.get('/', (c) => c.text(''))
    await app.request('/')
    expect(() => routes.get('/late', (c) => c.text(''))).toThrow(
      expect.objectContaining({
        code: 'router-closed',
        message: expect.stringContaining(
          'The route GET /late was registered after the first request',
        ),
      }),
    )
  })
})
