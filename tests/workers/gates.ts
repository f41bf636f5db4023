import { type Request, Response } from 'miniflare'

interface Gate {
  arrived: number
  isOpen: boolean
  /** The requests that wait at a gate, and the tests that wait for requests. */
  readonly waiting: (() => void)[]
  readonly watching: (() => void)[]
}

/** Points in the handlers of Workers where requests wait until the test lets them continue. */
export class Gates {
  readonly #gates = new Map<string, Gate>()

  #gate(name: string): Gate {
    const gate = this.#gates.get(name) ?? { arrived: 0, isOpen: false, waiting: [], watching: [] }
    this.#gates.set(name, gate)
    return gate
  }

  /** Handles a request that has reached the gate in its path. */
  readonly ask = async (request: Request): Promise<Response> => {
    const gate = this.#gate(new URL(request.url).pathname.slice(1))
    gate.arrived += 1
    for (const tell of gate.watching.splice(0)) tell()
    if (!gate.isOpen) await new Promise<void>((resolve) => gate.waiting.push(resolve))
    return new Response()
  }

  /** Resolves when this number of requests has reached the gate. */
  async arrived(name: string, count = 1): Promise<void> {
    const gate = this.#gate(name)
    while (gate.arrived < count) {
      await new Promise<void>((resolve) => gate.watching.push(resolve))
    }
  }

  open(name: string): void {
    const gate = this.#gate(name)
    gate.isOpen = true
    for (const go of gate.waiting.splice(0)) go()
  }
}
