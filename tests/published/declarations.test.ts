import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Consumer, openConsumer } from './consumer.ts'
import { foreignTo, uses } from './declarations.ts'

let consumer: Consumer

beforeAll(async () => {
  consumer = await openConsumer()
}, 60_000)

afterAll(() => consumer?.remove())

/** For pages: it imports nothing. */
const standsAlone = 'dist/client.d.ts'

// tests/guide/types checks that they also compile without `redis` and `@types/node`.
describe.each([
  ['gravito-core', 'dist/index.d.ts', ['hono']],
  ['@gravito/orbit', 'dist/index.d.ts', ['gravito-core', 'hono']],
  ['@gravito/orbit', standsAlone, []],
  ['@gravito/orbit', 'dist/jsx.d.ts', ['hono']],
  ['@gravito/orbit', 'dist/testing/index.d.ts', ['hono']],
  ['@gravito/orbit', 'dist/stores/cache.d.ts', []],
  ['@gravito/orbit', 'dist/stores/cloudflare.d.ts', []],
  ['@gravito/orbit', 'dist/stores/file.d.ts', []],
  ['@gravito/orbit', 'dist/stores/redis.d.ts', []],
  ['@gravito/orbit', 'dist/stores/sql.d.ts', []],
  ['@gravito/orbit', 'dist/stores/sqlite.d.ts', []],
  ['@gravito/stasis', 'dist/index.d.ts', ['gravito-core', 'hono']],
])('the declarations of %s, starting from %s', (name, entry, wanted) => {
  it('use only types of the required peers, and nothing from Node or redis', async () => {
    const { files, packages, globals } = await foreignTo(
      join(consumer.folder, 'node_modules', name, entry),
    )

    expect(files.length).toBeGreaterThan(entry === standsAlone ? 0 : 1)
    const names = [...packages].map((specifier) => specifier.replace(/^hono\/.+/, 'hono'))
    expect([...new Set(names)].sort()).toEqual(wanted)
    expect([...globals]).toEqual([])
  })
})

it('the check of the declarations finds every kind of outside type', () => {
  const text = `
    /// <reference types="node" />
    import type { A } from 'a'
    export type { B } from 'b'
    export * from 'c'
    import d = require('d')
    import 'e'
    declare module 'f' { interface F {} }
    export declare const g: import('g').G
    export declare function timer(): NodeJS.Timeout
    export declare function bytes(of: Buffer): typeof process.env
  `.replaceAll(/^ +/gm, '')

  const { specifiers, globals } = uses(text)

  expect(specifiers.sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'types="node"'])
  expect(globals).toEqual(['NodeJS', 'Buffer', 'process'])
})
