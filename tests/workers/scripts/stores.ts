import type { Call } from '../stores.ts'
import type { Env } from './env.ts'
import { storeOf } from './spaces.ts'

/** Each request makes one store call. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { store: name, space, now, key = '', verb, set }: Call = await request.json()
    const store = storeOf(env, name, space, () => now)
    try {
      if (verb === 'prune') return Response.json({ result: await store.prune?.() })
      if (verb === 'keys') return Response.json({ result: await keysOf(store) })
      const result = set
        ? await store.compareAndSet(key, set.version ?? undefined, set.next ?? undefined)
        : await store.load(key)
      return Response.json({ result })
    } catch (error) {
      return new Response(String(error), { status: 500 })
    }
  },
}

async function keysOf({ keys }: ReturnType<typeof storeOf>): Promise<string[]> {
  const found: string[] = []
  for await (const key of keys?.() ?? []) found.push(key)
  return found
}
