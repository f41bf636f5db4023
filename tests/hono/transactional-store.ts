import {
  memoryStore,
  SessionError,
  type SessionRecord,
  type SessionStore,
  type TransactionalStore,
} from '@gravito/orbit'
import type { Context } from 'hono'
import { deferred } from './deferred.ts'
import { Clock, setting } from './setting.ts'

/**
 * A transaction like that of a database. Others wait for the records that it has written, and see them after
 * its commit.
 */
export class Transaction {
  readonly ended = deferred()
  readonly #writes = new Map<string, SessionRecord | undefined>()
  readonly #medium: SessionStore
  #isOpen = true

  constructor(medium: SessionStore) {
    this.#medium = medium
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** The record that the transaction sees under the key. */
  read(key: string) {
    return this.#writes.has(key) ? this.#writes.get(key) : this.#medium.load(key)
  }

  write(key: string, next: SessionRecord | undefined): void {
    this.#writes.set(key, next)
  }

  async commit(): Promise<void> {
    for (const [key, next] of this.#writes) {
      const current = await this.#medium.load(key)
      await this.#medium.compareAndSet(key, current?.version, next)
    }
    this.rollback()
  }

  rollback(): void {
    this.#isOpen = false
    this.ended.settle()
  }
}

/** A store of a database in memory. A transaction locks the rows that it has written until it ends. */
function transactionalStore(options: { now: () => number }) {
  const medium = memoryStore(options)
  const holders = new Map<string, Transaction>()
  const calls: string[] = []
  const gate = { load: async (_: string) => {} }
  const holderOf = (key: string) => {
    const holder = holders.get(key)
    return holder?.isOpen ? holder : undefined
  }
  const unlocked = async (key: string, transaction?: Transaction) => {
    for (;;) {
      const holder = holderOf(key)
      if (!holder || holder === transaction) return
      await holder.ended.promise
    }
  }
  const store: TransactionalStore = {
    async load(key) {
      calls.push('load')
      await gate.load(key)
      return medium.load(key)
    },
    async compareAndSet(key, version, next) {
      calls.push('compareAndSet')
      while (holderOf(key)) await unlocked(key)
      return medium.compareAndSet(key, version, next)
    },
    within(transaction) {
      if (!(transaction instanceof Transaction) || !transaction.isOpen) {
        throw new SessionError('session-not-transactional', 'This is not an open transaction.')
      }
      const isLocked = (key: string) => (holderOf(key) ?? transaction) !== transaction
      return {
        async load(key) {
          calls.push('load within')
          while (isLocked(key)) await unlocked(key, transaction)
          holders.set(key, transaction)
          return transaction.read(key)
        },
        async compareAndSet(key, version, next) {
          calls.push('compareAndSet within')
          while (isLocked(key)) await unlocked(key, transaction)
          holders.set(key, transaction)
          if ((await transaction.read(key))?.version !== version) return false
          transaction.write(key, next)
          return true
        },
      }
    },
    close: () => medium.close(),
  }
  return { store, calls, gate, begin: () => new Transaction(medium) }
}

/** An app with such a store. */
export function transactionalSetting() {
  const clock = new Clock()
  const { store, calls, gate, begin } = transactionalStore(clock)
  const world = setting({ store, now: clock.now })
  const handlers = new Map<string, (c: Context) => Promise<Response>>()
  world.app.all('/run/:name', async (c) => {
    const handle = handlers.get(c.req.param('name'))
    return handle ? handle(c) : c.notFound()
  })
  return { ...world, clock, own: store, calls, gate, begin, handlers }
}
