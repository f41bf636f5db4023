// `npm run bench`: measures the server's CPU time per request with each library, as a share of the same app
// without sessions, on Node 24, Node 20 and Bun. `npm run bench -- read write --only orbit,fastify --rounds 5
// --runtimes node` measures a part.
// BASE=/path/to/another/checkout adds the build of that checkout as a row. A complete run without BASE
// also writes the tables and charts of the docs. Exits with 1 if a goal is missed by more than the
// spread of the rounds.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { isWanted, readArguments } from './lib/arguments.mjs'
import { shareCores } from './lib/cores.mjs'
import { circumstances, commandOf, versionOf } from './lib/runtimes.mjs'
import { publishRequests, writeResult } from './publish.mjs'
import { findRedis } from './redis-server.mjs'
import { measure, warmFor } from './requests/rounds.mjs'
import { kinds, sectionsOf } from './requests/rows.mjs'
import { missedGoals, sectionResult } from './requests/sections.mjs'
import { clicksOf, connections, startServer } from './requests/servers.mjs'
import { asText } from './requests/tables.mjs'

const { names, only, rounds, runtimes, base, isWhole } = readArguments(
  process.argv.slice(2),
  process.env,
  { names: Object.keys(kinds), runtimes: ['node', 'node20', 'bun'], rounds: 9 },
)
const servers = []
process.on('exit', () => stopAll())
process.on('SIGINT', () => process.exit(130))
process.on('SIGTERM', () => process.exit(143))

const { pinned, onItsOwn } = shareCores()
const folder = await mkdtemp(join(tmpdir(), 'gravito-bench-'))
const redis = await findRedis(folder)
const result = { ...circumstances(), pinned, rounds, connections, runtimes: [] }
console.log(
  `${result.machine}, load ${result.load}; ${pinned}; commit ${result.commit}; ${rounds} rounds`,
)
try {
  for (const runtime of runtimes) {
    const command = commandOf(runtime)
    const version = versionOf(command)
    const sections = []
    for (const section of sectionsOf(base && resolve(base))) {
      const measured = await measureSection(section, runtime, command)
      if (!measured) continue
      sections.push(measured)
      console.log(`\n${asText(version, measured)}`)
    }
    result.runtimes.push({ runtime, version, sections })
  }
} finally {
  stopAll()
  await redis?.stop(['bench:', 'bench-before:'])
  await rm(folder, { recursive: true, force: true })
}
console.log(`
The first figure is the server's CPU time per request in microseconds: the median of the rounds. The second is
the speed as a share of the app without sessions, with the quartiles of the rounds. 1.00 means that sessions cost
nothing. Each session has 500 bytes of data. There are ${connections} connections, each with a separate session. Compare
only figures of the same run.`)
console.log(`\n${await writeResult('requests', result, isWhole && !base)}`)
if (isWhole && !base) await publishRequests(result)
const missed = missedGoals(result.runtimes)
for (const line of missed) console.log(`MISSED  ${line}`)
process.exitCode = missed.length > 0 ? 1 : 0

async function measureSection(section, runtime, command) {
  if (section.store === 'redis' && !redis) {
    console.log('\nRedis is left out: set REDIS_URL, or install redis-server.')
    return undefined
  }
  const wanted = Object.fromEntries(
    section.kinds.filter((kind) => names.includes(kind)).map((kind) => [kind, kinds[kind]]),
  )
  if (Object.keys(wanted).length === 0) return undefined
  const start = async (row) => {
    const server = await startServer(row, { command, onItsOwn, redis })
    servers.push(server)
    return server
  }
  const measured = []
  for (const { bare, others } of section.groups) {
    const rows = others.filter(({ name }) => isWanted(only, name))
    if (rows.length === 0) continue
    const bareRow = { ...bare, isBare: true }
    const reference = await start(bareRow)
    for (const row of rows) {
      const own = await start(row)
      const costs = await measure(own, reference, wanted, rounds, warmFor(runtime))
      measured.push({ ...costs, row, bareRow })
      if (row.isChecked) await expectAllWrites(own)
      await own.stop()
    }
    await reference.stop()
  }
  return measured.length > 0 ? sectionResult(section, runtime, wanted, measured) : undefined
}

async function expectAllWrites(server) {
  const clicks = await clicksOf(server)
  if (clicks === server.writes) return
  throw new Error(`${server.row.name} kept ${clicks} of ${server.writes} writes`)
}

function stopAll() {
  for (const { stop } of servers.splice(0)) stop()
}
