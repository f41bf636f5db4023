// What the comparison does to an app from outside: it holds handlers in the middle of their work,
// so that requests overlap without sleeping, and it breaks the store.

export class World {
  /** Whether the store of the app fails. */
  fails = { read: false, write: false }
  #gates = new Map()

  /**
   * A gate for one request. A handler waits `first`, before it changes the session, or `last`, after
   * it. The path of the request names the gate.
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

  /** Handlers call this where they would do other work. */
  work(name, place) {
    const gate = name?.startsWith(place) ? this.#gates.get(name) : undefined
    gate?.reach()
    return gate?.opened
  }

  /** Stores call this at the start of each method. */
  check(verb) {
    if (this.fails[verb]) throw new Error(`the store cannot ${verb}`)
  }
}

/** The content of the session at a sign-in: a user, and as much other data as a small basket needs. */
export const signedIn = { userId: 'ada', notes: 'x'.repeat(450) }

/** One secret for all: 64 hexadecimal digits are valid for each of them. */
export const secret = '5f1c0d9a7be84e36a2d4c8f06b1e93755f1c0d9a7be84e36a2d4c8f06b1e9375'
