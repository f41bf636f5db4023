// `npm run bench:profile -- read write`: shows how the server spends the time of a request, from a CPU profile:
// in our functions, in Hono's and in Node's. It also prints the share of the bare app's speed that would be left
// if our functions took no time. No library can reach this share.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readArguments } from './lib/arguments.mjs'
import { shareCores } from './lib/cores.mjs'
import { commandOf, versionOf } from './lib/runtimes.mjs'
import { textTable } from './lib/table.mjs'
import { functionsOf, partsOf, usedBy } from './profile/parts.mjs'
import { openLoad } from './requests/load.mjs'
import { kinds } from './requests/rows.mjs'
import { startServer } from './requests/servers.mjs'

/** Microseconds between two samples. With a shorter interval, the samples cost more than the requests. */
const interval = 700
const requests = 60_000
const shown = 12

const runtimes = ['node', 'node20', 'bun']
const known = { names: Object.keys(kinds), runtimes, rounds: 1 }
const { names, runtimes: wanted } = readArguments(process.argv.slice(2), process.env, known)
const { pinned, onItsOwn } = shareCores()
console.log(pinned)
for (const runtime of wanted) {
  const command = commandOf(runtime)
  const rows = []
  for (const name of names) {
    const bare = await profileOf(command, {
      name: 'Hono alone',
      app: 'bare bareHono',
      isBare: true,
    })
    const own = await profileOf(command, { name: 'orbit', app: 'orbit orbit', isChecked: true })
    rows.push([kinds[name].title, bare, own])

    async function profileOf(command, row) {
      const folder = await mkdtemp(join(tmpdir(), 'gravito-profile-'))
      const flags = ['--cpu-prof', `--cpu-prof-interval=${interval}`, `--cpu-prof-dir=${folder}`]
      const profiled = (command, args) => onItsOwn(command, [...flags, ...args])
      const server = await startServer(row, { command, onItsOwn: profiled })
      const kind = kinds[name]
      const people = kind.people === 'visitors' ? server.people.map(() => ({})) : server.people
      const body = row.isBare ? kind.body.replace('null', '"ada"') : kind.body
      const load = await openLoad(server.url, { ...kind, body }, people)
      await load.send(requests)
      load.close()
      await server.stop()
      const [file] = await readdir(folder)
      const profile = JSON.parse(await readFile(join(folder, file), 'utf8'))
      await rm(folder, { recursive: true })
      return profile
    }
  }
  console.log(`\n${versionOf(command)}\n`)
  for (const [title, bare, own] of rows) {
    const parts = partsOf(own)
    const inBare = partsOf(bare)
    const ours = parts.orbit / usedBy(own)
    const share = usedBy(bare) / usedBy(own)
    const lines = Object.keys(parts).map((part) => [
      part,
      micros(inBare[part] ?? 0),
      micros(parts[part]),
    ])
    console.log(textTable([[title, 'Hono alone', 'orbit'], ...lines]))
    console.log(
      `The share is ${share.toFixed(2)}. Orbit's functions take ${(100 * ours).toFixed(0)} % of the time. Without them, the share would be ${(share / (1 - ours)).toFixed(2)}.`,
    )
    for (const [name, time] of functionsOf(own).slice(0, shown)) {
      console.log(`  ${micros(time)}  ${name}`)
    }
    console.log('')
  }
}

function micros(time) {
  return (time / requests).toFixed(2)
}
