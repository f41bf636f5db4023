// Measures the longest pause of the event loop while this many sessions expire: `expiry.mjs <orbit|map>
// <number>`. The clock is moved forward, and the timers are real.

import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { fromBuild } from '../apps/build.mjs'

const [name, number] = process.argv.slice(2)
const count = Number(number)
const lifetime = 60_000
/** In milliseconds. The memory store looks for expired records every half minute. */
const atLeast = 32_000
let time = Date.now()

const store = await (name === 'orbit' ? memory() : byHand())
const payload = randomBytes(225).toString('hex')
for (let index = 0; index < count; index += 1) {
  // The sessions expire within one minute, not all at the same moment, as on a busy site.
  const expiresAt = time + lifetime + (index % 60) * 1_000
  store.put(`key-${index}`, payload, expiresAt)
  if (index % 1_000 === 0) await setImmediate()
}
time += 3 * lifetime

let longest = 0
const began = performance.now()
for (let left = count; left > 0; left = store.size()) {
  const until = Math.max(began + atLeast, performance.now() + 5_000)
  let last = clock()
  while (performance.now() < until) {
    await setImmediate()
    const now = clock()
    longest = Math.max(longest, now - last)
    last = now
  }
  if (performance.now() > began + 300_000)
    throw new Error(`${store.size()} sessions are still there`)
}
process.send({ stop: longest })
process.disconnect()
process.exit()

/**
 * Returns the CPU time of this thread in milliseconds, if the runtime reports it. It does not include pauses that
 * another program causes.
 */
function clock() {
  if (!process.threadCpuUsage) return performance.now()
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

async function memory() {
  const { memoryStore } = await fromBuild('index.js')
  const records = memoryStore({ maxEntries: 2 * count, maxBytes: 2 ** 33, now: () => time })
  return {
    put(key, payload, expiresAt) {
      const record = { version: key, payload: `${key}${payload}`, expiresAt }
      if (!records.compareAndSet(key, undefined, record)) throw new Error('not stored')
    },
    size: () => [...records.keys()].length,
  }
}

/** Removes expired sessions with one loop over all sessions, at an interval. */
function byHand() {
  const records = new Map()
  const sweep = () => {
    for (const [key, { expiresAt }] of records) if (expiresAt <= time) records.delete(key)
  }
  setInterval(sweep, 30_000).unref()
  return {
    put: (key, payload, expiresAt) => records.set(key, { payload: `${key}${payload}`, expiresAt }),
    size: () => records.size,
  }
}
