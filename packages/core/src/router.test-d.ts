import type { Context, Handler, MiddlewareHandler } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { Router, RoutesFunction } from './router.ts'

declare const routes: Router
declare const handler: Handler
declare const middleware: MiddlewareHandler

class Demo {
  readonly label = 'demo'
  readonly #hidden = 1
  field = (c: Context) => c.text('an arrow function in a field')
  index(c: Context) {
    return c.json({ userId: this.#hidden })
  }
  async later(c: Context) {
    await Promise.resolve()
    return c.text('later')
  }
  mixed(c: Context) {
    if (c.req.query('json')) return c.json({ ok: true })
    return c.req.query('text') ? c.text('ok', 202) : this.secret(c)
  }
  async mixedLater(c: Context): Promise<Response> {
    return c.req.query('redirect') ? c.redirect('/') : c.html('<p>')
  }
  plain() {
    return new Response('needs no context')
  }
  typed(c: Context<{ Variables: { user: string } }>) {
    return c.text(c.get('user'))
  }
  helper(text: string) {
    return new Response(text)
  }
  words(c: Context) {
    return c.req.path
  }
  protected guarded(c: Context) {
    return c.text('protected')
  }
  private secret(c: Context) {
    return c.text('private')
  }
}

class Wanting {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
  index(c: Context) {
    return c.text(this.name)
  }
}

class Optional extends Wanting {
  constructor(name = 'none') {
    super(name)
  }
}

abstract class Abstract {
  index(c: Context) {
    return c.text('')
  }
}

routes.get('/', [Demo, 'index'])
routes.post('/', [Demo, 'later'])
routes.put('/', [Demo, 'mixed'])
routes.patch('/', [Demo, 'mixedLater'])
routes.delete('/', [Demo, 'plain'])
routes.options('/', [Demo, 'typed'])
routes.all('/', [Demo, 'field'])
routes.get('/', [Optional, 'index'])
routes.get('/', middleware, [Demo, 'index'])
routes.get('/', middleware, createMiddleware(middleware), (c) => c.text(c.req.path))
routes.get('/', handler)
routes.get('/', middleware)
routes.get('/', (c) => (c.req.query('a') ? c.json({ a: 1 }) : c.text('b')))
routes.get('/', async (c) => {
  if (c.req.query('a')) return c.json({ a: 1 })
  return c.notFound()
})
routes.get('/users/:id/:tab?', (c) => {
  const id: string = c.req.param('id')
  const tab: string | undefined = c.req.param('tab')
  const other: unknown = c.get('anything')
  return c.json({ id, tab, other })
})
routes.get<Demo>('/', [Demo, 'index'])
routes.group({ prefix: '/teams/:team' }, (teams) => {
  teams.get('/', (c) => c.text(c.req.param('team')))
  teams.group({ prefix: '/users' }, (users) => {
    users.get('/:id', (c) => {
      const { team, id } = c.req.param()
      return c.text(team + id)
    })
    asynchronous(users)
  })
})

// @ts-expect-error a method that does not exist
routes.get('/', [Demo, 'show'])
// @ts-expect-error a private method
routes.get('/', [Demo, 'secret'])
// @ts-expect-error a protected method
routes.get('/', [Demo, 'guarded'])
// @ts-expect-error a property that is not a method
routes.get('/', [Demo, 'label'])
// @ts-expect-error a method that does not take a context
routes.get('/', [Demo, 'helper'])
// @ts-expect-error a method that does not return a response
routes.get('/', [Demo, 'words'])
// @ts-expect-error the constructor takes arguments
routes.get('/', [Wanting, 'index'])
// @ts-expect-error an abstract class
routes.get('/', [Abstract, 'index'])
// @ts-expect-error an instance instead of a class
routes.get('/', [new Demo(), 'index'])
// @ts-expect-error a pair with one item
routes.get('/', [Demo])
// @ts-expect-error a handler that does not return a response
routes.get('/', (c) => c.req.path)
// @ts-expect-error no handler
routes.get('/')
// @ts-expect-error a misspelt option of a group
routes.group({ prefx: '/a' }, () => {})

const asynchronous: RoutesFunction = async (given: Router) => {
  await Promise.resolve()
  given.get('/', handler)
}
void asynchronous
