// Gates at which an app holds its requests, so that a test decides which requests overlap. The
// test closes, watches and opens them over HTTP, next to the routes for users.

import { Hono } from 'hono'

export function makeGates() {
  const gates = new Map()

  const control = new Hono()
  control.put('/:name', (c) => {
    gates.set(c.req.param('name'), new Gate())
    return c.body(null, 204)
  })
  control.get('/:name/:count', async (c) => {
    await gates.get(c.req.param('name')).reachedBy(Number(c.req.param('count')))
    return c.body(null, 204)
  })
  control.delete('/:name', (c) => {
    gates.get(c.req.param('name')).open()
    gates.delete(c.req.param('name'))
    return c.body(null, 204)
  })
  control.delete('/', (c) => {
    for (const gate of gates.values()) gate.open()
    gates.clear()
    return c.body(null, 204)
  })

  return { control, pass: (name) => gates.get(name)?.pass() }
}

class Gate {
  #count = 0
  #watchers = []
  #opened = new Promise((resolve) => {
    this.open = resolve
  })

  pass() {
    this.#count += 1
    for (const tell of this.#watchers) tell()
    return this.#opened
  }

  reachedBy(count) {
    return new Promise((resolve) => {
      const look = () => this.#count >= count && resolve()
      this.#watchers.push(look)
      look()
    })
  }
}
