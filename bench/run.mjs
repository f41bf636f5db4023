// Server CPU per request as a share of the same app without a session, on Node and on Bun. Ratios of
// one run only: machines differ and are noisy, so the rounds alternate between the apps.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'

const modes = ['bare', 'headers', 'session']
const rounds = Number(process.env.ROUNDS ?? 7)
const amount = Number(process.env.REQUESTS ?? 20_000)
const here = (path) => fileURLToPath(new URL(path, import.meta.url))
// The command in node_modules/.bin needs an install script to have run; the binary does not.
const scope = here('../tests/runtimes/node_modules/@oven/')
const bun = `${scope}${readdirSync(scope)[0]}/bin/bun`

const runtimes = { Node: process.execPath, Bun: bun }
for (const [name, command] of Object.entries(runtimes)) {
  const servers = await Promise.all(modes.map((mode) => start(command, mode)))
  const costs = servers.map(() => [])
  for (const server of servers) await load(server, amount / 2)
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, server] of servers.entries()) {
      const before = await cpu(server)
      await load(server, amount)
      costs[index].push(((await cpu(server)) - before) / amount)
    }
  }
  const [bare, ...others] = costs.map(median)
  console.log(
    `${name}: bare ${bare.toFixed(1)} µs of CPU per request (median of ${rounds} rounds of ${amount})`,
  )
  for (const [index, cost] of others.entries()) {
    console.log(
      `  ${modes[index + 1].padEnd(8)} ${cost.toFixed(1)} µs, share ${(bare / cost).toFixed(2)}`,
    )
  }
  for (const server of servers) server.child.kill()
}

async function start(command, mode) {
  const env = { ...process.env, NODE_ENV: 'production', APP_KEY: '' }
  const child = spawn(command, [here('server.mjs'), mode], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const url = `http://127.0.0.1:${line.split(' ')[1]}`
  return { child, url, cookie: mode === 'session' ? await signIn(url) : 'session=x' }
}

async function signIn(url) {
  const jar = new Map()
  const visit = async (path, method, headers = {}) => {
    const cookie = [...jar].map((pair) => pair.join('=')).join('; ')
    const response = await fetch(url + path, { method, headers: { cookie, ...headers } })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
      jar.set(name, value)
    }
    return response
  }
  await visit('/me', 'GET')
  await visit('/login', 'POST', { 'X-CSRF-Token': jar.get('XSRF-TOKEN') })
  const check = await (await visit('/me', 'GET')).json()
  if (check.userId !== 'user_123') throw new Error('the benchmark could not sign in')
  return [...jar].map((pair) => pair.join('=')).join('; ')
}

async function load({ url, cookie }, count) {
  const result = await autocannon({
    url: `${url}/me`,
    connections: 20,
    amount: count,
    headers: { cookie },
  })
  if (result.non2xx > 0 || result.errors > 0) throw new Error('the server failed under load')
}

async function cpu({ url }) {
  const { user, system } = await (await fetch(`${url}/cpu`)).json()
  return user + system
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
}
