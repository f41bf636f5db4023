/** A store in memory that works like a database: it keeps strings under an id, and its results are asynchronous. */
export class TextStore {
  #records = new Map()
  #world

  constructor(world) {
    this.#world = world
  }

  async get(id) {
    this.#world.check('read')
    const text = this.#records.get(id)
    return text === undefined ? null : JSON.parse(text)
  }

  async set(id, value) {
    this.#world.check('write')
    this.#records.set(id, JSON.stringify(value))
  }

  async delete(id) {
    this.#world.check('write')
    this.#records.delete(id)
  }

  /** Stores only if the record exists, like an UPDATE. */
  async update(id, value) {
    this.#world.check('write')
    if (this.#records.has(id)) this.#records.set(id, JSON.stringify(value))
  }

  get size() {
    return this.#records.size
  }
}
