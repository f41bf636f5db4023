// `npm run bench:scale`: measures what grows with the number of sessions, compared with a Map that was written
// by hand. `npm run bench:scale -- heap bundle --rounds 3` measures a part.
// BASE=/path/to/another/checkout adds the build of that checkout. SESSIONS=100000 measures with
// fewer sessions. Exits with 1 if a goal is missed by more than the spread of the rounds.

import { fork } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readArguments } from './lib/arguments.mjs'
import { circumstances, commandOf, versionOf } from './lib/runtimes.mjs'
import { publishScale, writeResult } from './publish.mjs'
import { bundleSize } from './scale/bundle.mjs'
import { asText, missedRows, resultOf, rows } from './scale/rows.mjs'

const known = { names: Object.keys(rows), rounds: 9 }
const { names, rounds, base, isWhole } = readArguments(process.argv.slice(2), process.env, known)
// Read the commit first, because it may change during the run.
const where = circumstances()
const many = Number(process.env.SESSIONS ?? 1_000_000)
const few = 1_000
const node = commandOf('node')
const root = fileURLToPath(new URL('..', import.meta.url))

/** The measured builds, and the Map. The file of each process gets the name as an argument. */
const builds = { orbit: '', ...(base && { before: resolve(base) }) }
const all = { ...builds, map: undefined }

const children = new Set()
process.on('exit', () => {
  for (const child of children) child.kill()
})
process.on('SIGINT', () => process.exit(130))
process.on('SIGTERM', () => process.exit(143))

const isWanted = (...some) => some.some((name) => names.includes(name))
const figures = {
  ...(isWanted('read', 'write', 'heap') && (await measureSessions())),
  ...(isWanted('expiry') && { expiry: await measureExpiry() }),
  ...(isWanted('file') && { file: await measureDriver('file') }),
  ...(isWanted('sqlite') && { sqlite: await measureDriver('sqlite') }),
  ...(isWanted('bundle') && { bundle: await measureBundle() }),
}
const results = names.map((name) => resultOf(name, figures[name]))
const result = {
  ...where,
  version: versionOf(node),
  sessions: many,
  rounds,
  rows: results,
}
console.log(
  `${result.machine}, load ${result.load}; ${result.version}; ${many} sessions instead of ${few}; commit ${result.commit}\n`,
)
console.log(asText(results))
const isKept = isWhole && !base && many === 1_000_000
console.log(`\n${await writeResult('scale', result, isKept)}`)
if (isKept) await publishScale(result)
const missed = missedRows(results)
for (const line of missed) console.log(`MISSED  ${line}`)
process.exitCode = missed.length > 0 ? 1 : 0

/** Measures how much more a read and a write cost with many sessions than with few, and the heap per session. */
async function measureSessions() {
  const measured = { read: {}, write: {}, heap: {} }
  const worlds = []
  // The processes run one after the other, so that they do not fill the memory at the same time.
  for (const name of Object.keys(all)) {
    const small = await startSessions(name, few)
    const large = await startSessions(name, many)
    measured.heap[name] = [large.heap]
    for (const kind of ['read', 'write']) measured[kind][name] = []
    worlds.push({ name, small, large })
  }
  for (let round = -2; round < rounds; round += 1) {
    for (const kind of ['read', 'write']) {
      for (const { name, small, large } of worlds) {
        const [a, b] = [await small.cost(kind), await large.cost(kind)]
        const more = ((await large.cost(kind)) + b - a - (await small.cost(kind))) / 2
        // The first rounds compile the code.
        if (round >= 0) measured[kind][name].push(more)
      }
    }
  }
  for (const { small, large } of worlds) for (const { end } of [small, large]) end()
  return measured
}

async function startSessions(name, count) {
  const started = start('sessions', name, [name === 'map' ? 'map' : 'orbit', count])
  const { heap } = await reply(started)
  return {
    heap,
    async cost(kind) {
      started.child.send({ kind, requests: 3_000 })
      return (await reply(started)).micros
    },
    end: () => started.child.kill(),
  }
}

async function measureExpiry() {
  const measured = Object.fromEntries(Object.keys(all).map((name) => [name, []]))
  const measureOne = async (name) => {
    const started = start('expiry', name, [name === 'map' ? 'map' : 'orbit', many])
    measured[name].push((await reply(started)).stop)
  }
  // The processes run at the same time, because only the CPU time of one thread counts, and a sweep starts only
  // after half a minute.
  for (let round = 0; round < Math.min(3, rounds); round += 1) {
    await Promise.all(Object.keys(all).map(measureOne))
  }
  return measured
}

async function measureDriver(driver) {
  const measured = {}
  const measureOne = async (name, what) => {
    const started = start('drivers', name, [what, few, Math.ceil(many / 10), rounds])
    measured[name] = (await reply(started)).ratios
  }
  for (const name of Object.keys(builds)) await measureOne(name, driver)
  if (driver === 'sqlite') await measureOne('map', 'sqlite-by-hand')
  return measured
}

async function measureBundle() {
  const measured = {}
  for (const [name, path] of Object.entries(builds)) {
    measured[name] = [(await bundleSize(path || root)) / 1_024]
  }
  return measured
}

function start(file, name, args) {
  const path = fileURLToPath(new URL(`scale/${file}.mjs`, import.meta.url))
  const child = fork(path, args.map(String), {
    execPath: node,
    execArgv: ['--expose-gc', '--max-old-space-size=8192'],
    env: { ...process.env, NODE_ENV: 'production', APP_KEY: '', ORBIT_BUILD: all[name] ?? '' },
  })
  children.add(child)
  const ended = new Promise((resolve) => {
    child.once('exit', (code) => {
      children.delete(child)
      resolve({ error: `${child.spawnargs.slice(3).join(' ')} ended with ${code}` })
    })
  })
  return { child, ended }
}

async function reply({ child, ended }) {
  const message = await new Promise((resolve) => {
    child.once('message', resolve)
    ended.then(resolve)
  })
  if (message.error) throw new Error(message.error)
  return message
}
