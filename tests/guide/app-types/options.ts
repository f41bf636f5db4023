import { OrbitSession, session } from '@gravito/orbit'
import { defineConfig } from 'gravito-core'

// A correct option compiles …
defineConfig({ config: { session: { driver: 'memory', csrf: { enabled: true } } } })
defineConfig({ orbits: [new OrbitSession({ idleTimeoutSeconds: 60 })] })
session({ driver: 'memory', cookie: { name: 'sid', sameSite: 'strict' } })

// … and a misspelt one does not, at any depth.
// @ts-expect-error: sesion
defineConfig({ config: { sesion: { driver: 'memory' } } })
// @ts-expect-error: idleTimoutSeconds
defineConfig({ config: { session: { idleTimoutSeconds: 60 } } })
// @ts-expect-error: nmae
defineConfig({ config: { session: { cookie: { nmae: 'sid' } } } })
// @ts-expect-error: headrName
defineConfig({ config: { session: { csrf: { headrName: 'X-Token' } } } })
// @ts-expect-error: idleTimoutSeconds
new OrbitSession({ idleTimoutSeconds: 60 })
// @ts-expect-error: idleTimoutSeconds
session({ idleTimoutSeconds: 60 })
// @ts-expect-error: a time is a number
session({ idleTimeoutSeconds: '60' })
// @ts-expect-error: orbit
defineConfig({ orbit: [] })
