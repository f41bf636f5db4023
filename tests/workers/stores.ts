import type { PrunableStore, SessionStore, WalkableStore } from '@gravito/orbit'
import { type Ask, startWorkerd, type Workerd } from './workerd.ts'

/** A store call in a Worker of the script `stores`. */
export interface Call {
  readonly store: 'durable-object' | 'd1'
  /** The space of the store. Stores of different spaces share nothing. */
  readonly space: string
  /** The time by the clock of the caller. */
  readonly now: number
  /** Absent for `keys` and `prune`. */
  readonly key?: string
  readonly verb?: 'keys' | 'prune'
  /** Absent for `load`. */
  readonly set?: {
    readonly version: string | null
    readonly next: Awaited<ReturnType<SessionStore['load']>> | null
  }
}

/** Starts a Worker with the stores of Cloudflare. */
export async function startStores(ask?: Ask): Promise<{ url: string; stop: Workerd['stop'] }> {
  const { url, stop } = await startWorkerd({ script: 'stores', workers: { stores: {} }, ask })
  return { url: url('stores'), stop }
}

/** A store that calls the store in that Worker. */
export function storeIn(
  url: string,
  store: Call['store'],
  space: string,
  now: () => number,
): SessionStore & Partial<WalkableStore & PrunableStore> {
  async function ask<Result>(
    what: Pick<Call, 'key' | 'verb' | 'set'>,
  ): Promise<Result | undefined> {
    const call: Call = { store, space, now: now(), ...what }
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(call) })
    if (!response.ok) throw new Error(await response.text())
    const { result }: { result?: Result } = JSON.parse(await response.text())
    return result
  }
  const verbs: SessionStore = {
    load: (key) => ask({ key }),
    compareAndSet: async (key, version, next) => {
      const set = { version: version ?? null, next: next ?? null }
      return (await ask<boolean>({ key, set })) === true
    },
    close() {},
  }
  if (store === 'durable-object') return verbs
  return {
    ...verbs,
    async *keys() {
      yield* (await ask<string[]>({ verb: 'keys' })) ?? []
    },
    prune: async () => (await ask<number>({ verb: 'prune' })) ?? 0,
  }
}
