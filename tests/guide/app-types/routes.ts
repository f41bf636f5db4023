import type { Router } from 'gravito-core'
import type { Context } from 'hono'

class Pages {
  index(c: Context) {
    return c.text('index')
  }

  title = 'not a handler'
}

class Needy {
  constructor(readonly dependency: string) {}

  index(c: Context) {
    return c.text(this.dependency)
  }
}

export default function (routes: Router) {
  routes.get('/', [Pages, 'index'])
  // @ts-expect-error: Pages has no such method
  routes.get('/', [Pages, 'indx'])
  // @ts-expect-error: a title handles no request
  routes.get('/', [Pages, 'title'])
  // @ts-expect-error: nobody could make one
  routes.get('/', [Needy, 'index'])
}
