import { useSession, useSessionStorage } from '@hono/session'
import { Hono } from 'hono'
import { addRoutes, serve } from './on-hono.mjs'
import { TextStore } from './text-store.mjs'
import { secret } from './world.mjs'

export const honoSession = {
  label: ['@hono/', 'session', ''],
  packages: ['@hono/session', 'hono'],
  // It comes without a store, and without a method for a new id.
  settings: 'duration.absolute, as its README recommends; a Map of JSON as its storage',
  open(world) {
    const storage = new TextStore(world)
    const app = new Hono()
    app.use(
      useSessionStorage({
        get: (id) => storage.get(id),
        set: (id, data) => storage.set(id, data),
        delete: (id) => storage.delete(id),
      }),
      useSession({ secret, duration: { absolute: 60 * 60 * 24 * 7 } }),
    )
    const put = (session, values) => session.update((data) => ({ ...data, ...values }))
    addRoutes(app, world, {
      open: (c) => c.get('session'),
      get: async (session, key) => (await session.get())?.[key],
      put,
      increment: (session) =>
        session.update((data) => ({ ...data, clicks: (data?.clicks ?? 0) + 1 })),
      signIn: put,
      async signOut(session) {
        await session.get() // delete() removes the record only if the session has been read.
        session.delete()
      },
    })
    app.onError((_, c) => c.text('error', 500))
    return { listen: () => serve(app), count: () => storage.size }
  },
}
