import { clockOf } from '../../clock.ts'
import { SessionConfigError } from '../../errors.ts'
import { isError } from '../../thrown.ts'
import { decodeRecord, encodeRecord, isPresent } from '../envelope.ts'
import type { SessionRecord, SessionStore } from '../store.ts'
import { aBinding, oncePerBinding } from './bindings.ts'
import { absent, done, newerFormat, overtaken } from './object.ts'

/** A binding to the class `SessionObject`: a `DurableObjectNamespace`. */
export interface SessionNamespace<Id = unknown> {
  idFromName(name: string): Id
  get(id: Id): SessionStub
}

interface SessionStub {
  fetch(
    url: string,
    init: { method: string; body?: string },
  ): Promise<{ readonly status: number; text(): Promise<string> }>
}

/** Options of `durableObjectStore`. */
export interface DurableObjectStoreOptions {
  /** The clock for tests, in milliseconds since the epoch. Default `Date.now`. */
  now?: (() => number) | undefined
}

const once = oncePerBinding<SessionStore>()

/**
 * Keeps sessions in Durable Objects, one object for each session, near the place where the session was created. An
 * object removes itself when its session has expired. The store cannot list its keys, because a namespace cannot.
 *
 * It returns the same store for the same binding.
 *
 * @throws {SessionConfigError} if the argument is not a namespace
 * @example
 * app.use(session({ store: (c) => durableObjectStore(c.env.SESSIONS) }))
 */
export function durableObjectStore<Id>(
  namespace: SessionNamespace<Id>,
  options: DurableObjectStoreOptions = {},
): SessionStore {
  aBinding(
    'durableObjectStore',
    namespace,
    'idFromName',
    'a Durable Object namespace. Add it to durable_objects.bindings of the Worker, with the class SessionObject',
  )
  const { now } = options
  return now
    ? newStore(namespace, clockOf('now', now))
    : once(namespace, '', () => newStore(namespace, clockOf('now', undefined)))
}

function newStore<Id>(namespace: SessionNamespace<Id>, now: () => number): SessionStore {
  // A new stub for each call: after a failure, a stub may fail again, and a stub belongs to its request.
  async function ask(key: string, method: string, query = '', body?: string) {
    const stub = namespace.get(namespace.idFromName(key))
    const url = `https://session.invalid/${query}`
    try {
      return await stub.fetch(url, { method, ...(body !== undefined && { body }) })
    } catch (error) {
      throw isError(error) && /SQL is not enabled/.test(error.message)
        ? new SessionConfigError(withoutSqlite)
        : error
    }
  }

  async function load(key: string): Promise<SessionRecord | undefined> {
    const response = await ask(key, 'GET')
    if (response.status === absent) return undefined
    const record = decodeRecord(await textOf(response, 200))
    return isPresent(record, now()) ? record : undefined
  }

  return {
    load,
    async compareAndSet(key, version, next) {
      const query = new URLSearchParams({
        now: String(now()),
        ...(version !== undefined && { version }),
      })
      const text = next && encodeRecord(next)
      const response = await ask(key, next ? 'PUT' : 'DELETE', `?${query}`, text)
      if (response.status === overtaken) return false
      // `decodeRecord` throws the error for a newer format.
      if (response.status === newerFormat) await load(key)
      await textOf(response, done)
      return true
    },
    close() {},
  }
}

async function textOf(
  response: Awaited<ReturnType<SessionStub['fetch']>>,
  expected: number,
): Promise<string> {
  if (response.status === expected) return response.text()
  throw new Error(`the Durable Object responded ${response.status}`)
}

const withoutSqlite =
  'The Durable Object class of the sessions has no SQLite storage. Name the class under new_sqlite_classes in the migrations of the Worker, not under new_classes. An existing class keeps its kind of storage, so use a new class for the binding.'
