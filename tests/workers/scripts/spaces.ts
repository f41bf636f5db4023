import type { PrunableStore, SessionStore, WalkableStore } from '@gravito/orbit'
import { d1Store, durableObjectStore } from '@gravito/orbit/cloudflare'
import type { Env } from './env.ts'

/** A store that shares its Durable Objects, or its table, only with stores of the same space. */
export function storeOf(
  { DB, SESSIONS }: Env,
  store: string,
  space: string,
  now: () => number,
): SessionStore & Partial<WalkableStore & PrunableStore> {
  if (store === 'd1') return d1Store(DB, { table: space, createTable: true, now })
  const namespace = {
    idFromName: (name: string) => SESSIONS.idFromName(`${space}/${name}`),
    get: (id: unknown) => SESSIONS.get(id),
  }
  return durableObjectStore(namespace, { now })
}
