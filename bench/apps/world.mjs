// Controls an app from outside: it holds handlers in the middle of their work, so that requests overlap
// without a sleep, and it makes the store fail.

export class World {
  /** Whether reads and writes of the app's store fail. */
  fails = { read: false, write: false }
  #gates = new Map()

  /**
   * Creates a gate for one request. The handler waits at the gate before it changes the session (`first`), or
   * afterwards (`last`). The path of the request names the gate.
   */
  gate(place) {
    const gate = { name: `${place}-${this.#gates.size}` }
    gate.reached = new Promise((resolve) => {
      gate.reach = resolve
    })
    gate.opened = new Promise((resolve) => {
      gate.open = resolve
    })
    this.#gates.set(gate.name, gate)
    return gate
  }

  /** Handlers call this method when they would do other work. */
  work(name, place) {
    const gate = name?.startsWith(place) ? this.#gates.get(name) : undefined
    gate?.reach()
    return gate?.opened
  }

  /** Stores call this method at the start of each of their methods. */
  check(verb) {
    if (this.fails[verb]) throw new Error(`the store cannot ${verb}`)
  }
}

/** The data of the session after a sign-in: a user, and as much other data as a small cart needs. */
export const signedIn = { userId: 'ada', notes: 'x'.repeat(450) }

/** The secret for all libraries. Each of them accepts 64 hexadecimal digits. */
export const secret = '5f1c0d9a7be84e36a2d4c8f06b1e93755f1c0d9a7be84e36a2d4c8f06b1e9375'
