import { OrbitSession, session } from '@gravito/orbit'
import { cacheStore } from '@gravito/orbit/cache'
import { createCache, OrbitCache } from '@gravito/stasis'
import { defineConfig } from 'gravito-core'
import type { Context } from 'hono'

// The cache of one package is a store of the other, and neither package knows the types of the
// other.
defineConfig({
  config: { cache: { default: 'memory' }, session: { driver: 'cache' } },
  orbits: [new OrbitCache(), new OrbitSession()],
})
session({ store: cacheStore(createCache({ stores: { memory: { driver: 'memory' } } })) })

// @ts-expect-error: a driver that there is not
createCache({ stores: { memory: { driver: 'memcached' } } })
// @ts-expect-error: maxItem
createCache({ stores: { memory: { driver: 'memory', maxItem: 10 } } })
// @ts-expect-error: defaultTTL
defineConfig({ config: { cache: { defaultTTL: 60 } } })

export async function handler(c: Context) {
  const cache = c.get('cache')
  const visits: number = await cache.increment('visits')
  const title: string = await cache.remember('title', async () => 'Home', 60)
  return c.json({ visits, title, user: c.get('session').get('userId', null) })
}
