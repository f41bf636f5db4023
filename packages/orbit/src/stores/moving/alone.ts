import { andThen } from '../../awaitable.ts'
import { movingError } from '../../stored-errors.ts'
import type { Awaitable, CheckedStore, RecordsWithin, SynchronousStore } from '../store.ts'
import { isInTransit } from './records.ts'

/**
 * For an app with only one store. It throws an error for a record that is moving from or to another store. Otherwise,
 * the app would treat the record as unreadable and replace it, and its user would be signed out.
 */
export function alone(
  store: SynchronousStore,
  ready: () => Awaitable<void>,
): CheckedStore & SynchronousStore {
  return {
    get isSynchronous() {
      return store.isSynchronous
    },
    ...recordsAlone(store),
    ready,
    close: () => store.close(),
  }
}

/** The same for its records within a transaction of the app. */
export function recordsAlone(records: RecordsWithin): RecordsWithin {
  return {
    load: (key) =>
      andThen(records.load(key), (record) => {
        if (record && isInTransit(record)) throw movingError()
        return record
      }),
    compareAndSet: (key, version, next) => records.compareAndSet(key, version, next),
  }
}
