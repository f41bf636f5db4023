// `npm run compare`: runs the same small app with each library and prints the results of overlapping
// requests, a sign-out, bots, a store that fails and invalid cookies. All requests use HTTP on the loopback
// address. Requests overlap because their handlers wait at gates. Exits with 1 if Orbit fails a row.

import { readFileSync } from 'node:fs'
import { expressSession } from './apps/express-session.mjs'
import { fastifySession, fastifySessionTuned } from './apps/fastify-session.mjs'
import { honoSession } from './apps/hono-session.mjs'
import { honoSessions, honoSessionsAsText } from './apps/hono-sessions.mjs'
import { ironSession } from './apps/iron-session.mjs'
import { orbit } from './apps/orbit.mjs'
import { World } from './apps/world.mjs'
import { scenarios } from './scenarios.mjs'

const libraries = [
  orbit,
  honoSessions,
  honoSessionsAsText,
  honoSession,
  expressSession,
  fastifySession,
  fastifySessionTuned,
  ironSession,
]

// The stores fail on purpose, so the log output of the libraries is hidden. An unhandled rejection of one
// library must not end the run for the others.
console.error = () => {}
console.warn = () => {}
process.on('unhandledRejection', () => {})

console.log(`Node ${process.versions.node}, HTTP on loopback\n`)
for (const { packages, settings } of libraries) {
  const versions = packages.map((name) => `${name} ${versionOf(name)}`).join(', ')
  console.log(`${versions}\n    ${settings}`)
}
console.log()

const width = 54
const cell = (text) => text.padStart(10)
for (const line of [0, 1, 2]) {
  const labels = libraries.map(({ label }) => cell(label[line]))
  console.log((' '.repeat(width) + labels.join('')).trimEnd())
}
let failed = 0
for (const { title, good, run } of scenarios) {
  const results = []
  for (const library of libraries) {
    const world = new World()
    const { listen, count } = library.open(world)
    results.push(await run({ world, count, url: await listen() }).catch((error) => error))
  }
  console.log(title.padEnd(width) + results.map((result) => cell(shown(result))).join(''))
  if (results[0] === good) continue
  failed += 1
  if (results[0] instanceof Error) console.log(`  orbit: ${results[0].message}`)
}
console.log(`
Scenarios with overlapping writes run twice: the handler does its other work before it changes the session,
and after it. "1 of 2": the result is "yes" only once. The number of increments is that of the lower run.
"–": the library has no store. "stays signed out": none of the cookies that the browser has had opens the
session again.`)
if (failed > 0) console.log(`\nOrbit failed ${failed} of ${scenarios.length} rows.`)
process.exit(failed > 0 ? 1 : 0)

function shown(result) {
  if (result === undefined) return '–'
  if (result instanceof Error) return 'error'
  return typeof result === 'boolean' ? (result ? 'yes' : 'no') : String(result)
}

function versionOf(name) {
  const near = new URL(`node_modules/${name}/package.json`, import.meta.url)
  const own = new URL('../packages/orbit/package.json', import.meta.url)
  return JSON.parse(readFileSync(name === '@gravito/orbit' ? own : near, 'utf8')).version
}
