import { SessionObject, type SessionObjectState } from '@gravito/orbit/cloudflare'

/** The class as an app exports it. A test can read the storage of an object. */
export class WatchedObject extends SessionObject {
  readonly #state: SessionObjectState

  constructor(state: SessionObjectState) {
    super(state)
    this.#state = state
  }

  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    const { sql } = this.#state.storage
    if (pathname === '/spoil') {
      sql.exec('UPDATE session SET record = ?', await request.text())
      return new Response()
    }
    if (pathname !== '/look') return super.fetch(request)
    const tables = sql.exec("SELECT name FROM sqlite_master WHERE name = 'session'").toArray()
    const alarm = await this.#state.storage.getAlarm()
    return Response.json({ tables: tables.length, alarm })
  }
}

export default { fetch: () => new Response(null, { status: 404 }) }
