import { decodeRecord, isPresent } from '../envelope.ts'
import type { SessionRecord } from '../store.ts'

/**
 * What the object speaks, over `fetch`, which every compatibility date has:
 *
 * - `GET` returns the record as one string, expired or not, or a 404.
 * - `PUT ?now=…&version=…` stores the string in the body, `DELETE` removes the record, if this version stands
 *   at that time; without `version`, if nothing stands. 204 if it did, 412 if not.
 *
 * The comparison and the write are synchronous calls of SQLite with nothing awaited between them, so no other
 * request comes between, and the platform makes them one transaction. The response leaves when it is on disk.
 *
 * The time is that of the Worker. What the object itself decides by its own clock is only when to remove what
 * has expired: an alarm does that. It is set when the record is created and then left alone, so that a write
 * stays one write. When it goes off too early, because the record was extended, it is set again.
 */

/** What the object uses of its state. */
export interface SessionObjectState {
  readonly storage: SessionObjectStorage
}

interface SessionObjectStorage {
  readonly sql: {
    exec(query: string, ...values: string[]): { toArray(): Record<string, unknown>[] }
  }
  getAlarm(): Promise<number | null>
  setAlarm(time: number): Promise<void>
  deleteAlarm(): Promise<void>
  deleteAll(): Promise<void>
}

export const done = 204
export const absent = 404
/** Another version stands. */
export const overtaken = 412
/** A newer release wrote the record. */
export const newerFormat = 409

/** An alarm is set again if it would come later than this after the record has expired: a minute. */
const slackMs = 60_000
const dayMs = 86_400_000

/**
 * The Durable Object class of sessions: one object for each key. Export it from the main file of your Worker,
 * and name it in the configuration under `durable_objects` and `new_sqlite_classes`.
 *
 * @example
 * export { SessionObject } from '@gravito/orbit/cloudflare'
 */
export class SessionObject {
  readonly #storage: SessionObjectStorage

  /** @internal Cloudflare calls it. */
  constructor({ storage }: SessionObjectState) {
    this.#storage = storage
  }

  /** @internal `durableObjectStore` calls it. */
  async fetch(request: Request): Promise<Response> {
    const isWrite = request.method !== 'GET'
    const next = request.method === 'PUT' ? await request.text() : undefined
    const alarm = isWrite ? await this.#storage.getAlarm() : null
    const text = this.#read()
    if (!isWrite) return new Response(text ?? null, { status: text === undefined ? absent : 200 })
    const asked = new URL(request.url).searchParams
    const now = Number(asked.get('now'))
    const found = recordIn(text)
    if (found === 'newer') return new Response(null, { status: newerFormat })
    const version = isPresent(found, now) ? found.version : null
    if (version !== asked.get('version')) return new Response(null, { status: overtaken })
    await (next === undefined ? this.#remove() : this.#write(next, now, alarm))
    return new Response(null, { status: done })
  }

  /** @internal Cloudflare calls it. */
  async alarm(): Promise<void> {
    const record = recordIn(this.#read())
    // After a rollback, that release may come back.
    if (record === 'newer') return this.#storage.setAlarm(Date.now() + dayMs)
    if (record?.expiresAt === undefined) return
    if (record.expiresAt > Date.now()) await this.#storage.setAlarm(record.expiresAt)
    else await this.#remove()
  }

  /** An object that holds nothing has no table: reading makes none. */
  #read(): string | undefined {
    const { sql } = this.#storage
    const table = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'session'"
    if (sql.exec(table).toArray().length === 0) return undefined
    const text = sql.exec('SELECT record FROM session').toArray()[0]?.record
    return typeof text === 'string' ? text : undefined
  }

  async #write(text: string, now: number, alarm: number | null): Promise<void> {
    const { sql } = this.#storage
    sql.exec(
      'CREATE TABLE IF NOT EXISTS session (id INTEGER PRIMARY KEY CHECK (id = 1), record TEXT)',
    )
    sql.exec('REPLACE INTO session (id, record) VALUES (1, ?)', text)
    const record = recordIn(text)
    if (record === 'newer' || record?.expiresAt === undefined) return
    // The two clocks may differ.
    const removeAt = Date.now() + Math.max(0, record.expiresAt - now)
    if (alarm === null || alarm - removeAt > slackMs) await this.#storage.setAlarm(removeAt)
  }

  async #remove(): Promise<void> {
    // Since the compatibility date 2026-02-24 the second removes the alarm, too.
    await Promise.all([this.#storage.deleteAlarm(), this.#storage.deleteAll()])
  }
}

function recordIn(text: string | undefined): SessionRecord | 'newer' | undefined {
  try {
    return text === undefined ? undefined : decodeRecord(text)
  } catch {
    return 'newer'
  }
}
