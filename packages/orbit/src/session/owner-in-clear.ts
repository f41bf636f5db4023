import { andThen } from '../awaitable.ts'
import type { AnyStore } from '../stores/drivers.ts'
import type { SessionRecord, SessionStore } from '../stores/store.ts'
import { decode } from './encoding.ts'
import type { Owners } from './owner.ts'
import { fromRecord } from './record.ts'

/** Wraps a store that asks for the id of the user of each session, so that it gets it unhashed. */
export function tellingOwners(store: AnyStore, owners: Owners): AnyStore {
  const telling = (records: Pick<SessionStore, 'load' | 'compareAndSet'>) => ({
    load: (key: string) => records.load(key),
    compareAndSet: (...[key, version, next]: Parameters<SessionStore['compareAndSet']>) =>
      records.compareAndSet(key, version, next && withOwner(next, owners)),
  })
  return {
    ...telling(store),
    get isSynchronous() {
      return store.isSynchronous === true
    },
    keepsOwner: true,
    within: (transaction) =>
      andThen(store.within?.(transaction), (records) => records && telling(records)),
    ready: () => store.ready?.(),
    close: () => store.close(),
  }
}

/**
 * The record with the id of its user. A moved record has no `owner`, because its session has another record, and a
 * query that counts the records of a user must count each session once.
 */
export function withOwner(record: SessionRecord, owners: Owners): SessionRecord {
  const session = fromRecord(record)
  if (session?.owner === undefined || session.movedTo) return record
  const contents = decode(session.data)
  const id = contents && owners.idIn(contents)
  return id === undefined ? record : { ...record, owner: String(id) }
}
