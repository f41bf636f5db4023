import { expect, it } from 'vitest'
import { functionsOf, partsOf, usedBy } from './parts.mjs'

const frame = (functionName, url = '', lineNumber = 0) => ({ functionName, url, lineNumber })
const profile = {
  nodes: [
    { id: 1, callFrame: frame('(idle)') },
    { id: 2, callFrame: frame('(garbage collector)') },
    { id: 3, callFrame: frame('get', 'file:///repo/packages/orbit/dist/core.js', 9) },
    // The same function, called from another place.
    { id: 4, callFrame: frame('get', 'file:///repo/packages/orbit/dist/core.js', 9) },
    { id: 5, callFrame: frame('dispatch', 'file:///repo/node_modules/hono/dist/compose.js', 1) },
    { id: 6, callFrame: frame('', 'file:///repo/node_modules/@hono/node-server/dist/index.mjs') },
    { id: 7, callFrame: frame('emit', 'node:events', 3) },
    { id: 8, callFrame: frame('', 'file:///repo/bench/apps/on-hono.mjs', 5) },
  ],
  samples: [1, 2, 3, 4, 5, 6, 7, 8, 3],
  timeDeltas: [1_000, 1, 2, 4, 8, 16, 32, 64, 128],
}

it('sums the time by the owner of each function, without idle time', () => {
  expect(usedBy(profile)).toBe(255)
  expect(partsOf(profile)).toEqual({
    orbit: 134,
    'the app': 64,
    Hono: 24,
    Node: 32,
    'garbage collector': 1,
  })
})

it('lists functions by their own time', () => {
  expect(functionsOf(profile).slice(0, 3)).toEqual([
    ['get dist/core.js:10', 134],
    ['(anonymous) apps/on-hono.mjs:6', 64],
    ['emit node:events:4', 32],
  ])
})
