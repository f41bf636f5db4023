import type { SessionRecord } from '@gravito/orbit'
import type { Table, Transaction } from './example-store.ts'

/** A database that keeps texts, hands out copies, and makes everybody wait for a turn. */
export function database(): Transaction {
  const rows = new Map<string, string>()
  const read = (text: string): SessionRecord => JSON.parse(text)
  const table: Table = {
    get: (key) => {
      const text = rows.get(key)
      return text === undefined ? undefined : read(text)
    },
    set: (key, record) => void rows.set(key, JSON.stringify(record)),
    delete: (key) => void rows.delete(key),
    ownedBy: (owner) =>
      [...rows]
        .map(([key, text]) => ({ key, record: read(text) }))
        .filter(({ record }) => record.owner === owner),
  }
  return async (work) => {
    await new Promise((resolve) => setImmediate(resolve))
    return work(table)
  }
}
