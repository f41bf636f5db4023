import { refuse, shown } from '../../checks.ts'
import { refuseWorkersKv } from '../workers-kv.ts'

/**
 * Refuses a value that is not a binding of this kind. Usually it is `undefined`, because the configuration of the
 * Worker does not have the binding.
 *
 * @param method the name of a method that only such a binding has
 * @throws {SessionConfigError}
 */
export function aBinding(factory: string, binding: unknown, method: string, wanted: string): void {
  if (typeof Reflect.get(Object(binding), method) === 'function') return
  const name = `The argument of ${factory}()`
  refuseWorkersKv(name, binding)
  refuse(name, `is ${shown(binding)}. It must be ${wanted}`)
}

/**
 * Returns the same store for the same binding in each request, because there is one engine for each store.
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
