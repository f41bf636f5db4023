import type { D1Binding, SessionNamespace } from '@gravito/orbit/cloudflare'

/** The bindings of the Workers that the tests run. */
export interface Env {
  readonly STORE: 'd1' | 'durable-object' | 'memory'
  readonly DB: D1Binding
  readonly SESSIONS: SessionNamespace
  readonly KV: unknown
  /** Sends a question to the test, which decides when it responds. */
  readonly GATE: { fetch(url: string, init?: RequestInit): Promise<Response> }
}
