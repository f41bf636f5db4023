import type { Call } from '../stores.ts'
import type { Env } from './env.ts'
import { storeOf } from './spaces.ts'

/** Each request is one call of a store. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { store: name, space, now, key, set }: Call = await request.json()
    const store = storeOf(env, name, space, () => now)
    try {
      const result = set
        ? await store.compareAndSet(key, set.version ?? undefined, set.next ?? undefined)
        : await store.load(key)
      return Response.json({ result })
    } catch (error) {
      return new Response(String(error), { status: 500 })
    }
  },
}
