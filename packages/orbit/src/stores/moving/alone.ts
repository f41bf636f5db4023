import { andThen } from '../../awaitable.ts'
import { movingError } from '../../stored-errors.ts'
import type { Awaitable, CheckedStore, SynchronousStore } from '../store.ts'
import { isInTransit } from './records.ts'

/**
 * The only store of an app. A record that is on its way from or to another store is an error for it: taken
 * for one that nobody can read, it would be replaced, and its user signed out.
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
