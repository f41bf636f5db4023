import { decodeRecord, isPresent } from '../envelope.ts'
import type { SessionRecord } from '../store.ts'

/**
 * The protocol of the object, over `fetch`, which every compatibility date supports:
 *
 * - `GET` returns the record as one string, expired or not, or a 404.
 * - `PUT ?now=…&version=…` stores the string in the body, and `DELETE` removes the record, if the record has this
 *   version at that time. Without `version`, there must be no record. The status is 204 if the change was made,
 *   412 if not.
 *
 * The comparison and the write are synchronous calls of SQLite without an `await` between them. So no other request
 * runs between them, and the platform makes them one transaction. The response is sent when the data is on disk.
 *
 * The time is that of the Worker. The object uses its own clock only to remove an expired record, with an alarm. The
 * alarm is set when the record is created. A write does not change it, so it stays one write. If the alarm goes off too
 * early, because the record was extended, it is set again.
 */

/** The part of the object's state that this class uses. */
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
/** The record has another version. */
export const overtaken = 412
/** A newer release wrote the record. */
export const newerFormat = 409

/** An alarm is set again if it would go off more than this time after the record expires: a minute. */
const slackMs = 60_000
const dayMs = 86_400_000

/**
 * The Durable Object class of sessions: one object for each key. Export it from the main file of your Worker.
 * Name it in the configuration under `durable_objects` and `new_sqlite_classes`.
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
    // That release may come back after a rollback.
    if (record === 'newer') return this.#storage.setAlarm(Date.now() + dayMs)
    if (record?.expiresAt === undefined) return
    if (record.expiresAt > Date.now()) await this.#storage.setAlarm(record.expiresAt)
    else await this.#remove()
  }

  /** An object without a record has no table, and a read does not create it. */
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
    // Since the compatibility date 2026-02-24, the second call also removes the alarm.
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
