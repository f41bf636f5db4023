import { randomText } from '../../keys.ts'
import type { SessionStore } from '../store.ts'
import type { Connection } from './connection.ts'
import { entryOf, type Layout } from './layout.ts'
import { lookAfter } from './scripts.ts'

/** So many keys are on several nodes of a Cluster, if the server is one of them. */
const manyKeys = 32

/**
 * Does once what sessions need, from the first write to the last, under keys of its own: what the server
 * refuses is known at boot, not when somebody signs in.
 */
export async function tryOut(store: SessionStore, redis: Connection, at: Layout): Promise<void> {
  const keys = Array.from({ length: manyKeys }, () => randomText(32))
  await Promise.all(keys.map((key) => store.load(key)))

  const [key = '', next = ''] = keys
  // Always the same, so that boots that fail half-way leave one key and no more.
  const owner = 'boot'
  const now = Date.now()
  const record = {
    version: key,
    birth: key,
    payload: '',
    createdAt: now,
    lastActivityAt: now,
    expiresAt: now + 60_000,
    owner,
  }
  await store.create(key, record)
  await store.replace(key, { ...record, version: next }, key)
  await store.touch(key, next, now, record.expiresAt + 1)
  await store.list(owner)
  await store.destroyOwner(owner)
  await redis.run((to) => to.exists(at.record(key)))
  await redis.script(lookAfter, at.owner(owner), '1', entryOf(key, key))
}
