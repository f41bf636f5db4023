import { refuse } from '../checks.ts'

/**
 * Refuses a namespace of Workers KV, which seems to be able to keep sessions.
 *
 * @throws {SessionConfigError} with the reason
 */
export function refuseWorkersKv(name: string, value: unknown): void {
  const methods = ['get', 'getWithMetadata', 'put', 'list', 'delete']
  const isKv = methods.every((method) => typeof Reflect.get(Object(value), method) === 'function')
  if (!isKv) return
  refuse(
    name,
    'is a Workers KV namespace, which cannot keep sessions: it has no conditional write, so overlapping requests overwrite each other, and for up to 60 seconds after a sign-out, other locations still read the session. Use durableObjectStore() or d1Store()',
  )
}
