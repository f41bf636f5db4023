import type { SessionRecord, SessionStore } from '@gravito/orbit'

/** A table of your database, with an index over the owners. */
export interface Table {
  get(key: string): SessionRecord | undefined
  set(key: string, record: SessionRecord): void
  delete(key: string): void
  ownedBy(owner: string): { key: string; record: SessionRecord }[]
}
/** Nothing comes between what the work reads and what it writes, in whatever process. */
export type Transaction = <Result>(work: (table: Table) => Result) => Promise<Result>

export function exampleStore(transact: Transaction, now: () => number = Date.now): SessionStore {
  const live = (record?: SessionRecord) => (record && now() < record.expiresAt ? record : undefined)
  const isOpen = ({ record }: { record: SessionRecord }) => live(record) && !record.successor
  const later = (a: SessionRecord, b: Pick<SessionRecord, 'lastActivityAt' | 'expiresAt'>) => ({
    lastActivityAt: Math.max(a.lastActivityAt, b.lastActivityAt),
    expiresAt: Math.max(a.expiresAt, b.expiresAt),
  })
  return {
    load: (key) => transact((table) => live(table.get(key))),
    create: (key, record) =>
      transact((table) => {
        if (live(table.get(key))) return 'exists'
        table.set(key, record)
        return 'created'
      }),
    replace: (key, record, version) =>
      transact((table) => {
        const stands = live(table.get(key))
        if (stands?.version !== version) return stands ? 'conflict' : 'gone'
        table.set(key, record.successor ? record : { ...record, ...later(stands, record) })
        return 'replaced'
      }),
    touch: (key, version, lastActivityAt, expiresAt) =>
      transact((table) => {
        const stands = live(table.get(key))
        if (stands?.version !== version) return false
        table.set(key, { ...stands, ...later(stands, { lastActivityAt, expiresAt }) })
        return true
      }),
    destroy: (key, version) =>
      transact((table) => {
        const stands = live(table.get(key))
        if (!stands || (version !== undefined && stands.version !== version)) return false
        table.delete(key)
        return true
      }),
    list: (owner) => transact((table) => table.ownedBy(owner).filter(isOpen)),
    destroyOwner: (owner, except) =>
      transact((table) => {
        const doomed = table.ownedBy(owner).filter(({ key }) => key !== except)
        for (const { key } of doomed) table.delete(key)
        return doomed.filter(isOpen).length
      }),
    close() {},
  }
}
