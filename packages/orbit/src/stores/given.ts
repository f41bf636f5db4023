import { refuse, shown } from '../checks.ts'
import type { SessionOptions, Settings } from '../config.ts'
import { synchronous } from '../synchronous.ts'
import type { SessionStore } from './store.ts'
import { refuseWorkersKv } from './workers-kv.ts'

/** Reads `session.store`: a store, two stores while sessions move, or a function that returns a request's store. */
export function givenStores(
  option: string,
  given: SessionOptions['store'],
): Pick<Settings, 'store' | 'from' | 'storeOf'> {
  const nothing = { store: undefined, from: undefined, storeOf: undefined }
  if (given === undefined) return nothing
  if (typeof given === 'function') return { ...nothing, storeOf: synchronous(option, given) }
  if (isStore(given)) return { ...nothing, store: given }
  const [store, from] = given
  return { ...nothing, store, from }
}

/** Checks the option. */
export function aStore(option: string, store: unknown): void {
  const isMeant = typeof store === 'function' && !('sessions' in store)
  const isGood = isStore(store) || (isMeant && !factories.test(store.name))
  if (Array.isArray(store)) twoStores(option, store)
  else if (!isGood) refuseStore(option, store)
}

/** Checks what the function has returned: a store, or two stores while sessions move. */
export function returnedStores(
  option: string,
  returned: unknown,
): readonly [store: SessionStore, from?: SessionStore] {
  if (Array.isArray(returned)) return twoStores(option, returned)
  return isStore(returned) ? [returned] : refuseStore(option, returned)
}

function twoStores(
  option: string,
  stores: readonly unknown[],
): readonly [SessionStore, SessionStore] {
  for (const [index, store] of stores.entries()) {
    if (!isStore(store)) refuseStore(`${option}[${index}]`, store)
  }
  const [to, from] = stores
  if (stores.length === 2 && to !== from && isStore(to) && isStore(from)) return [to, from]
  return refuse(
    option,
    'is a list, so it must contain two different stores: [new store, old store]',
  )
}

/** Factories that the app may have forgotten to call. */
const factories = /^(memory|file|redis|sqlite|sql|cache|d1|durableObject)Store$/

const verbs = ['load', 'compareAndSet', 'close']

const lacks = (store: unknown, verb: string) =>
  typeof Reflect.get(Object(store), verb) !== 'function'

function isStore(store: unknown): store is SessionStore {
  return !verbs.some((verb) => lacks(store, verb))
}

/** Throws an error that says what the value is, and why it is not a store. */
function refuseStore(option: string, store: unknown): never {
  if (typeof store === 'string') {
    refuse(option, `is ${shown(store)}; to choose a driver, set session.driver`)
  }
  if (!lacks(store, 'then')) refuse(option, 'is a promise; await it first')
  if (typeof store === 'function' && 'sessions' in store) {
    refuse(
      option,
      'is what session() returns, not a store. It has the sessions of users as its property sessions',
    )
  }
  if (typeof store === 'function') refuse(option, 'is a function; call it, and pass its result')
  refuseWorkersKv(option, store)
  const missing = verbs.filter((verb) => lacks(store, verb))
  return refuse(
    option,
    `is not a store: it lacks ${missing.join(', ')}. Pass the result of memoryStore(), redisStore({ client }) or a similar function, or your own store with these methods`,
  )
}
