import { expectTypeOf } from 'vitest'
import type { Config } from './config.ts'
import { defineConfig } from './core.ts'

declare const config: Config

expectTypeOf(config.get('port')).toEqualTypeOf<number | undefined>()
expectTypeOf(config.get('port', 3000)).toEqualTypeOf<number>()
expectTypeOf(config.get('port', null)).toEqualTypeOf<number | null>()
expectTypeOf(config.get('anything')).toEqualTypeOf<unknown>()
expectTypeOf(config.get<string>('anything', 'fallback')).toEqualTypeOf<string>()
config.set('anything', { of: 'any type' })
// @ts-expect-error a known key accepts only its own type
config.set('port', 'eighty')

defineConfig({ config: { port: 80 }, orbits: [], root: new URL('file:///app') })
const none = undefined
defineConfig({ config: none, orbits: none, routes: none, root: none, logger: none })
// @ts-expect-error a misspelt option
defineConfig({ orbit: [] })
// @ts-expect-error a misspelt key of the config
defineConfig({ config: { prot: 80 } })
// @ts-expect-error not an orbit
defineConfig({ orbits: [{ name: 'no install' }] })
