import { refuse, shown } from '../../checks.ts'
import { refuseWorkersKv } from '../workers-kv.ts'

/**
 * Refuses what is not a binding of this kind. Mostly it is `undefined`, because the configuration of the Worker
 * does not name it.
 *
 * @param method one that only such a binding has
 * @throws {SessionConfigError}
 */
export function aBinding(factory: string, binding: unknown, method: string, wanted: string): void {
  if (typeof Reflect.get(Object(binding), method) === 'function') return
  const name = `The binding that ${factory}() is given`
  refuseWorkersKv(name, binding)
  refuse(name, `is ${shown(binding)}. It takes ${wanted}`)
}

/**
 * A request asks for the store of its binding, and gets the one that the first request has made: engines are
 * made per store.
 */
export function oncePerBinding<Store>() {
  const stores = new WeakMap<object, Map<string, Store>>()
  return (binding: object, options: string, make: () => Store): Store => {
    const made = stores.get(binding) ?? new Map<string, Store>()
    stores.set(binding, made)
    const store = made.get(options) ?? make()
    made.set(options, store)
    return store
  }
}
