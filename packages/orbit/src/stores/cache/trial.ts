import { SessionConfigError } from '../../errors.ts'
import { randomText } from '../../keys.ts'
import { isError } from '../../thrown.ts'
import type { SessionCacheSpace } from './space.ts'

/** What a Redis says that waiting does not mend. */
const lasting = /NOPERM|ACL failure|user executing the script|unknown (?:redis )?command|MOVED/i

/**
 * Does once what sessions need, under a key of its own: what the cache's server refuses is known at boot,
 * not when somebody signs in.
 *
 * @throws {SessionConfigError} for what waiting does not mend
 */
export async function tryOut(space: SessionCacheSpace): Promise<void> {
  const key = `boot:${randomText(16)}`
  const options = { ttlMs: 60_000 }
  try {
    await space.get(key)
    await space.compareAndSet(key, undefined, '1', options)
    await space.compareAndSet(key, '1', '2', options)
    await space.compareAndSet(key, '2', undefined)
  } catch (error) {
    if (!(isError(error) && lasting.test(error.message))) return
    throw new SessionConfigError(
      `The cache cannot keep sessions: ${error.message} Give its user the commands get, set, del, eval and evalsha on the keys of the cache, on a Redis 6.2 or later or Valkey that is not one node of a Cluster.`,
      { cause: error },
    )
  }
}
