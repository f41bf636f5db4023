import { andThen } from '../../awaitable.ts'
import { movingError } from '../../stored-errors.ts'
import type { Awaitable, CheckedStore, SynchronousStore } from '../store.ts'
import { isInTransit } from './records.ts'

/**
 * The only store of an app. It throws an error for a record that is moving from or to another store. Otherwise
 * the app would treat it as unreadable and replace it, and its user would be signed out.
 */
export function alone(
  store: SynchronousStore,
  ready: () => Awaitable<void>,
): CheckedStore & SynchronousStore {
  return {
    get isSynchronous() {
      return store.isSynchronous
    },
    load: (key) =>
      andThen(store.load(key), (record) => {
        if (record && isInTransit(record)) throw movingError()
        return record
      }),
    compareAndSet: (key, version, next) => store.compareAndSet(key, version, next),
    ready,
    close: () => store.close(),
  }
}
