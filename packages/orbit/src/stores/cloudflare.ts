export {
  type D1Binding,
  type D1StoreOptions,
  type D1TableOptions,
  d1Store,
  d1Table,
} from './cloudflare/d1.ts'
export {
  type DurableObjectStoreOptions,
  durableObjectStore,
  type SessionNamespace,
} from './cloudflare/namespace.ts'
export { SessionObject, type SessionObjectState } from './cloudflare/object.ts'
