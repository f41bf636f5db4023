// Server CPU per request with each library, beside the same app without sessions, on Node and on Bun.
// The machine's noise is in every figure, so the rounds alternate between the apps: compare figures of
// one run with each other. ROUNDS, REQUESTS (of each kind and round, at most) and RUNTIMES (node,bun)
// change it; PEERS=0 leaves the other libraries out.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { cpus } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'
import { Browser } from './browser.mjs'

/** Those of one framework follow its bare app, of whose cost they are a multiple. */
const frameworks = [
  {
    bare: { name: 'Hono alone', app: 'bare bareHono' },
    others: [
      { name: '  two headers set', app: 'bare headersOnly' },
      { name: '  orbit', app: 'orbit orbit', sessions: true },
      { name: '    without CSRF', app: 'orbit orbitWithoutCsrf', sessions: true },
      { name: '  hono-sessions', app: 'hono-sessions honoSessions', sessions: true },
      { name: '    without its key', app: 'hono-sessions honoSessionsPlain', sessions: true },
      { name: '  @hono/session', app: 'hono-session honoSession', sessions: true },
      { name: '  iron-session', app: 'iron-session ironSession', sessions: true },
    ],
  },
  {
    bare: { name: 'Fastify alone', app: 'bare bareFastify' },
    others: [
      { name: '  @fastify/session', app: 'fastify-session fastifySession', sessions: true },
      { name: '    tuned', app: 'fastify-session fastifySessionTuned', sessions: true },
    ],
  },
  {
    bare: { name: 'Express alone', app: 'bare bareExpress' },
    others: [{ name: '  express-session', app: 'express-session expressSession', sessions: true }],
  },
]

const ours = [{ ...frameworks[0], others: frameworks[0].others.slice(0, 3) }]

const kinds = {
  'signed-in read': { path: '/me', method: 'GET', signedIn: true },
  write: { path: '/increment', method: 'POST', signedIn: true },
  'visitor’s GET': { path: '/me', method: 'GET', signedIn: false },
}
const connections = 20
const children = []
process.on('exit', end)

const rounds = Number(process.env.ROUNDS ?? 5)
const most = Number(process.env.REQUESTS ?? 8_000)
const withPeers = process.env.PEERS !== '0'
const runtimes = (process.env.RUNTIMES ?? 'node,bun').split(',')

console.log(`${cpus().length} × ${cpus()[0].model}; ${rounds} rounds of up to ${most} requests`)
for (const runtime of runtimes) await measure(runtime)
console.log(`
Microseconds of the server's CPU per request, the median of the rounds; behind it the share that the
framework alone needs of that (1.00: sessions are free), and the lowest and the highest share of a round.
On memory, 500 bytes of data; ${connections} connections, each with a session of its own. What each is set
to is said by \`npm run compare\`.`)

async function measure(runtime) {
  const command = runtime === 'bun' ? bun() : process.execPath
  const servers = []
  for (const { bare, others } of withPeers ? frameworks : ours) {
    const reference = await start(command, bare)
    servers.push(reference)
    for (const one of others) servers.push({ ...(await start(command, one)), reference })
  }
  for (const server of servers) {
    for (const [name, kind] of Object.entries(kinds)) {
      await cost(server, kind, most / 4)
      // As many requests as the clock of a process needs, and no more of those that cost much.
      const enough = 100_000 / (await cost(server, kind, most / 4))
      server.amounts[name] = Math.round(Math.min(most, Math.max(most / 16, enough)))
    }
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const server of servers) {
      for (const [name, kind] of Object.entries(kinds)) {
        server.costs[name].push(await cost(server, kind, server.amounts[name]))
      }
    }
  }
  end()
  print(await versionOf(command), servers)
}

function print(version, servers) {
  const headings = Object.keys(kinds).map((kind) => kind.padStart(26))
  console.log(`\n${version.padEnd(20)}${headings.join('')}`)
  for (const { name, costs, reference } of servers) {
    const cells = Object.keys(kinds).map((kind) => {
      const shares = reference?.costs[kind].map((bare, round) => bare / costs[kind][round])
      return median(costs[kind]).toFixed(1).padStart(9) + (shares ? spread(shares) : '').padEnd(17)
    })
    console.log((name.padEnd(20) + cells.join('')).trimEnd())
  }
}

function spread(shares) {
  const [share, lowest, highest] = [median(shares), Math.min(...shares), Math.max(...shares)].map(
    (value) => value.toFixed(2),
  )
  return `  ${share} ${lowest}–${highest}`
}

async function start(command, { name, app, sessions }) {
  const child = spawn(command, [here('server.mjs'), ...app.split(' ')], {
    env: { ...process.env, NODE_ENV: 'production', APP_KEY: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const [url, clock] = line.split(' ')
  const people = []
  while (people.length < connections) {
    people.push(sessions ? await signIn(url) : { cookie: 'session=x' })
  }
  const costs = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]))
  return { name, url, clock, people, costs, amounts: {} }
}

async function signIn(url) {
  const browser = new Browser(url)
  await browser.get('/me')
  await browser.post('/sign-in')
  if ((await browser.json('/me')).userId !== 'ada') throw new Error('nobody could sign in')
  return browser.headers
}

/** Microseconds of the server's CPU per request. */
async function cost(server, kind, amount) {
  const before = await cpu(server)
  await load(server, kind, amount)
  return ((await cpu(server)) - before) / amount
}

async function load({ url, people }, { path, method, signedIn }, amount) {
  let next = 0
  const setupClient = (client) => {
    client.setHeaders(people[next % connections])
    next += 1
  }
  const result = await autocannon({
    url: url + path,
    method,
    connections,
    amount,
    sampleInt: 20, // It ends only with a sample.
    ...(signedIn && { setupClient }),
  })
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${url}${path} failed under load`)
}

async function cpu({ clock }) {
  const { user, system } = await (await fetch(clock)).json()
  return user + system
}

function end() {
  for (const child of children.splice(0)) child.kill()
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
}

async function versionOf(command) {
  const child = spawn(command, ['--version'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return line.startsWith('v') ? `Node ${line.slice(1)}` : `Bun ${line}`
}

function here(path) {
  return fileURLToPath(new URL(path, import.meta.url))
}

function bun() {
  // The command in node_modules/.bin needs an install script to have run; the binary does not.
  const scope = here('../tests/runtimes/node_modules/@oven/')
  return `${scope}${readdirSync(scope)[0]}/bin/bun`
}
