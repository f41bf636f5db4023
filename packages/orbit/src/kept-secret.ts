import { Buffer } from 'node:buffer'
import { hash } from 'node:crypto'
import { secretsEqual } from './compare.ts'
import { SessionConfigError, SessionError } from './errors.ts'
import { minimumSecretBytes, randomText } from './keys.ts'
import { newMark } from './session/marks.ts'
import { newerFormatError } from './stored-errors.ts'
import type { SharedMemory } from './stores/shared-memory.ts'
import type { SessionRecord, SessionStore } from './stores/store.ts'

/**
 * The secret in the store, for an app that does not configure one. It is one record. The first process creates
 * it, and all processes use it.
 */
export interface KeptSecret {
  /** Returns the secret in the store. If there is none, it stores our secret or a new one. */
  keep(ours: string | undefined): Promise<string>
  /** For an app that has configured a secret: returns the one in the store, which stays valid for a while. */
  retire(forMs: number): Promise<{ secret: string; until: number } | undefined>
}

/**
 * @param cookieName apps with different cookies have different secrets
 * @param onUnfit is called for a secret that is too short to sign. Anyone could guess it, so it is never used,
 * and a new one replaces it
 */
export function keptSecret(
  store: SessionStore,
  cookieName: string,
  now: () => number,
  onUnfit: () => void,
): KeptSecret {
  const key = keyOf(cookieName)

  const put = (current: SessionRecord | undefined, next: Omit<SessionRecord, 'version'>) =>
    store.compareAndSet(key, current?.version, { ...next, version: newMark() })

  return {
    async keep(ours = randomText(32)) {
      for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
        const current = await store.load(key)
        const secret = secretIn(current)
        if (current && secret === undefined) onUnfit()
        // With an expiry, the secret was retired because the app had configured another one. Now it is needed again.
        if (secret !== undefined && current?.expiresAt === undefined) return secret
        const kept = secret ?? ours
        if (await put(current, { payload: `k${format}|${kept}` })) return kept
      }
      throw unsettledError()
    },
    async retire(forMs) {
      const current = await store.load(key)
      const secret = secretIn(current)
      if (!current || secret === undefined) return undefined
      const until = current.expiresAt ?? now() + forMs
      // If another process was faster, it has stored nearly the same time.
      if (current.expiresAt === undefined) {
        await put(current, { payload: current.payload, expiresAt: until })
      }
      return { secret, until }
    },
  }
}

function keyOf(cookieName: string): string {
  return `secret-${hash('sha256', `gravito-orbit secret ${cookieName}`, 'base64url')}`
}

/**
 * Refuses two stores that each keep a secret, while sessions move. Only the secret of the new store would be
 * used, so every user would be signed out.
 *
 * @throws {SessionConfigError}
 */
export async function refuseTwoSecrets(
  stores: readonly Pick<SessionStore, 'load'>[],
  cookieName: string,
): Promise<void> {
  const key = keyOf(cookieName)
  const kept = await Promise.all(stores.map(async (store) => secretIn(await store.load(key))))
  const [to, from] = kept
  if (to === undefined || from === undefined || secretsEqual(to, from)) return
  throw new SessionConfigError(
    'The new store and the old store each keep a secret, and only one can sign the ids. The new store must be empty: use another location, or remove its data. Or set session.secret.',
  )
}

/** For the memory driver: the secret of the process, which is never written to the store. */
export function secretOf(memory: SharedMemory, now: () => number): KeptSecret {
  return {
    keep: async () => memory.secret(),
    retire: async (forMs) =>
      memory.drawn === undefined ? undefined : { secret: memory.drawn, until: now() + forMs },
  }
}

/** Each failed attempt means that another process has stored a secret. */
const mostAttempts = 10

/** Raise this number when older releases cannot read the new format. */
const format = 1

/** @throws {SessionError} `session-newer-format` if a newer release wrote it. Replacing it would sign out all users */
function secretIn(record: SessionRecord | undefined): string | undefined {
  const [, written, secret] = /^k(\d+)\|(.*)$/s.exec(record?.payload ?? '') ?? []
  if (Number(written) > format) throw newerFormatError(Number(written), format)
  if (Number(written) !== format || secret === undefined) return undefined
  return Buffer.byteLength(secret) >= minimumSecretBytes ? secret : undefined
}

function unsettledError(): SessionError {
  return new SessionError(
    'session-unavailable',
    'The session store lost the secret that signs the ids. Check whether another program writes to the store, or set session.secret.',
  )
}
