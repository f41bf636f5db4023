// Finds the Redis server to measure: the one at REDIS_URL, or a `redis-server` from PATH, which is started for
// this run.

import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { createClient } from 'redis'

/** Returns the server, or `undefined` if there is none. */
export async function findRedis(folder) {
  const given = process.env.REDIS_URL
  if (given) return { url: given, stop: (prefixes) => forget(given, prefixes) }
  const port = await freePort()
  const where = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  const server = spawn(process.env.REDIS_SERVER ?? 'redis-server', where, { stdio: 'ignore' })
  const started = await new Promise((resolve) => {
    server.on('spawn', () => resolve(true)).on('error', () => resolve(false))
  })
  if (!started) return undefined
  const url = `redis://127.0.0.1:${port}`
  const first = createClient({ url })
  first.on('error', () => {}) // The client retries until the server listens.
  await first.connect()
  await first.close()
  return { url, stop: () => server.kill() }
}

/** Counts the commands that clients send for keys with this prefix. It does not count commands inside scripts. */
export async function countCommands({ url }, prefix, work) {
  const monitor = createClient({ url })
  const marker = await createClient({ url }).connect()
  await monitor.connect()
  const end = randomUUID()
  let count = 0
  await new Promise((resolve, reject) => {
    const hear = (line) => {
      if (line.includes(end)) resolve()
      else if (line.includes(prefix) && !/ lua\] /.test(line)) count += 1
    }
    monitor
      .monitor(hear)
      .then(work)
      .then(() => marker.echo(end))
      .catch(reject)
  })
  monitor.destroy()
  await marker.close()
  return count
}

/** Removes the remaining keys from a server that keeps running. */
async function forget(url, prefixes) {
  const client = await createClient({ url }).connect()
  for (const prefix of prefixes) {
    for await (const keys of client.scanIterator({ MATCH: `${prefix}*`, COUNT: 1_000 })) {
      if (keys.length > 0) await client.unlink(keys)
    }
  }
  await client.close()
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => probe.once('listening', resolve))
  const { port } = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return port
}
