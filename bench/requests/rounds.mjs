// Measures in short rounds. In each round, it measures an app right after the bare app.

import { openLoad } from './load.mjs'

/** The CPU time that a burst of requests should take, in microseconds, and its lowest and highest number of requests. */
const burst = 30_000
const fewest = 200
const most = 3_000
/** After this many requests of a kind, the runtime has finished compiling. */
export const warmFor = (runtime) => (runtime === 'bun' ? 40_000 : 20_000)
/** After this CPU time in microseconds, the runtime has finished compiling, too. */
const warmTime = 2_000_000
/** The number of requests before the bursts of a round, because other processes have used the caches of the core. */
const toWake = 200

/** The headers of visitors, who have no session and no cookie. */
const visitors = Array.from({ length: 20 }, () => ({}))

/**
 * Measures the CPU time per request of each kind, in microseconds, with a figure for each round. `costs[kind]` has
 * the figures of the app, `bare[kind]` those of the bare app. A round has four bursts: bare, app, app, bare. So a
 * steady change during the round cancels out, and a slow minute of the machine affects both. No other app
 * runs at the same time, because the system may reclaim the memory of waiting programs, and reading it back
 * costs CPU time.
 */
export async function measure(own, bare, kinds, rounds, warmRequests) {
  const measured = { costs: listsFor(kinds), bare: listsFor(kinds) }
  const amountOf = await warmUp([bare, own], kinds, warmRequests)
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, kind] of Object.entries(kinds)) {
      const sums = { own: 0, bare: 0 }
      for (const server of [bare, own]) await costOf(server, kind, toWake)
      for (const which of ['bare', 'own', 'own', 'bare']) {
        const server = which === 'own' ? own : bare
        sums[which] += await costOf(server, kind, amountOf.get(server)[name])
      }
      measured.costs[name].push(sums.own / 2)
      measured.bare[name].push(sums.bare / 2)
    }
  }
  return measured
}

/** Compiles the code, and finds the number of requests of each kind in a burst. */
async function warmUp(servers, kinds, warmRequests) {
  const amounts = new Map()
  for (const server of servers) {
    const own = {}
    for (const [name, kind] of Object.entries(kinds)) {
      let cost = 0
      let time = 0
      for (let sent = 0; sent < warmRequests && time < warmTime; sent += most / 2) {
        cost = await costOf(server, kind, most / 2)
        time += (cost * most) / 2
      }
      own[name] = Math.max(fewest, Math.min(most, Math.ceil(burst / cost)))
    }
    amounts.set(server, own)
  }
  return amounts
}

async function costOf(server, kind, amount) {
  const people = kind.people === 'visitors' ? visitors : server.people
  const load = await openLoad(server.url, expectedOf(server, kind), people)
  const before = await server.cpu()
  const sent = await load.send(amount)
  const cost = ((await server.cpu()) - before) / sent
  load.close()
  // One additional request was sent on each connection, to open it.
  if (kind.path === '/increment') server.writes += sent + people.length
  return cost
}

/** An app without sessions responds to all clients with Ada. */
function expectedOf({ row }, kind) {
  return { ...kind, body: row.isBare ? kind.body.replace('null', '"ada"') : kind.body }
}

function listsFor(kinds) {
  return Object.fromEntries(Object.keys(kinds).map((name) => [name, []]))
}
