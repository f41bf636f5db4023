// A separate process for the tests of the file driver. It reports in lines of JSON. node
// file-worker.mjs <the built package> <what to do> <the sessions' folder> <more, as JSON>

import { writeSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const [, , built, what, path, json = '{}'] = process.argv
const { fileStore } = await import(new URL('stores/file.js', built).href)
const given = JSON.parse(json)

// Not process.stdout, which buffers lines while the pipe is full: a kill would lose them.
const tell = (line) => writeSync(1, `${JSON.stringify(line)}\n`)
const newMark = () => crypto.randomUUID()
const record = (fields) => ({
  version: newMark(),
  payload: '1:payload',
  expiresAt: Date.now() + 3_600_000,
  ...fields,
})
const payloadOf = (number, size) => `${number}:${String(number % 10).repeat(size)}`

const work = {
  /** Increments this many times, and reports each one that the store accepted. */
  async increment(store, { key, times }) {
    tell('ready')
    for (let done = 0; done < times; ) {
      const current = await store.load(key)
      const payload = String(Number(current.payload) + 1)
      const next = { ...current, version: newMark(), payload }
      if (!(await store.compareAndSet(key, current.version, next))) continue
      done += 1
      tell(Number(payload))
    }
  },

  /** Creates all of the keys, and reports which of them this process created. */
  async create(store, { keys }) {
    tell('ready')
    const made = []
    for (const key of keys) {
      if (await store.compareAndSet(key, undefined, record())) made.push(key)
    }
    tell(made)
  },

  /** Creates the record if it is absent, removes it if it exists, and reports what it has done. */
  async toggle(store, { key, times }) {
    for (let done = 0; done < times; ) {
      const current = await store.load(key)
      const next = current ? undefined : record()
      if (!(await store.compareAndSet(key, current?.version, next))) continue
      done += 1
      tell(next ? ['created', next.version] : ['removed', current.version])
    }
  },

  /** Creates records under its own keys and removes every third, forever. */
  async createAndRemove(store, { size }) {
    for (let round = 0; ; round += 1) {
      const key = `${process.pid}-${round}`
      const one = record({ payload: payloadOf(1, size) })
      tell('writing')
      await store.compareAndSet(key, undefined, one)
      tell({ key, stands: true })
      if (round % 3 < 2) continue
      tell('writing')
      await store.compareAndSet(key, one.version, undefined)
      tell({ key, stands: false })
    }
  },

  /** Writes a number and as many digits as `size` says, then the next number, forever. */
  async write(store, { key, size }) {
    for (;;) {
      const current = await store.load(key)
      const number = Number.parseInt(current.payload, 10) + 1
      const payload = payloadOf(number, size)
      tell('writing')
      await store.compareAndSet(key, current.version, { ...current, version: newMark(), payload })
      tell(number)
    }
  },

  /** One write in a folder where writes may fail. */
  async replaceOnce(store, { key, size }) {
    const current = await store.load(key)
    const next = { ...current, version: newMark(), payload: payloadOf(2, size) }
    const writing = store.compareAndSet(key, current.version, next)
    const outcome = await writing.catch((error) => error.code)
    const after = await store.load(key)
    tell({ outcome, isAsBefore: after.version === current.version })
  },

  /** Boots as a user who may not write there. */
  async bootAsNobody(store) {
    process.setgroups([])
    process.setgid(65534)
    process.setuid(65534)
    await work.boot(store)
  },

  async boot(store) {
    tell(
      await store.ready().then(
        () => 'ready',
        (error) => `${error.name}: ${error.message}`,
      ),
    )
  },

  /** Creates one of everything, with the current umask. */
  async makeAll(store, { umask }) {
    process.umask(umask)
    await store.ready()
    const one = record()
    await store.compareAndSet('key', undefined, one)
    await store.compareAndSet('key', one.version, record())
    tell('made')
  },

  /** How long the event loop paused while this many records, all expired, were swept. */
  async sweep(store, { count }) {
    const { readdir } = await import('node:fs/promises')
    const left = async () => (await readdir(`${path}/records`)).length
    const expiresAt = Date.now() + 60_000
    for (let index = 0; index < count; index += 50) {
      const keys = Array.from({ length: 50 }, (_, one) => `key-${index + one}`)
      const creating = (key) => store.compareAndSet(key, undefined, record({ expiresAt }))
      await Promise.all(keys.map(creating))
    }
    tell(await left())
    const delay = monitorEventLoopDelay({ resolution: 1 })
    const eager = fileStore({ path, sweepIntervalSeconds: 0.01, now: () => expiresAt })
    await eager.load('another')
    const began = performance.now()
    delay.enable()
    // Processor time, because on a busy machine every process waits longer than that for its turn.
    let busiest = 0
    let before = process.cpuUsage()
    const tick = setInterval(() => {
      const { user, system } = process.cpuUsage(before)
      busiest = Math.max(busiest, (user + system) / 1000)
      before = process.cpuUsage()
    }, 1)
    while ((await left()) > 0) await new Promise((resolve) => setTimeout(resolve, 200))
    delay.disable()
    clearInterval(tick)
    await eager.close()
    const [longest, usual] = [delay.max / 1e6, delay.percentile(99) / 1e6]
    tell({ busiest, usual, longest, seconds: (performance.now() - began) / 1000 })
  },

  /** The result for a session whose file is a link to another file. */
  async loadLinked(store) {
    const { readdir, rename, symlink } = await import('node:fs/promises')
    await store.compareAndSet('key', undefined, record())
    const names = await readdir(path, { recursive: true })
    const data = `${path}/${names.find((name) => /data_\w+$/.test(name))}`
    await rename(data, `${path}/elsewhere`)
    await symlink(`${path}/elsewhere`, data)
    tell(
      await store.load('key').then(
        () => 'loaded',
        (error) => error.code,
      ),
    )
  },

  /** Microseconds per call, one after the other, with 500 bytes of data. */
  async measure(store, { rounds = 2_000 }) {
    const figures = {}
    const time = async (name, call) => {
      const began = performance.now()
      for (let round = 0; round < rounds; round += 1) await call(`key-${round}`)
      figures[name] = Math.round(((performance.now() - began) * 1_000) / rounds)
    }
    const versions = {}
    const put = (key) => {
      const before = versions[key]
      const next = record({ payload: 'x'.repeat(500) })
      versions[key] = next.version
      return store.compareAndSet(key, before, next)
    }
    await time('create', put)
    await time('load', (key) => store.load(key))
    await time('replace', put)
    await time('remove', (key) => store.compareAndSet(key, versions[key], undefined))
    tell(figures)
  },

  /** The number of expired records, and the keys, which the contract suite does not check. */
  async prunedAndKeys(store, { expired, living }) {
    const putExpired = async () => {
      for (const key of expired) await store.compareAndSet(key, undefined, record({ expiresAt: 1 }))
    }
    for (const key of living) await store.compareAndSet(key, undefined, record())
    await putExpired()
    const pruned = await store.prune()
    await putExpired()
    const keys = []
    for await (const key of store.keys()) keys.push(key)
    tell({ pruned, keys: keys.sort() })
  },

  /** Runs the contract suite, and reports the number of tests and the failures. */
  async contract() {
    const { describeSessionStore } = await import(new URL('testing/contract.js', built).href)
    const tests = []
    const names = []
    const describe = (name, body) => {
      names.push(name)
      body()
      names.pop()
    }
    const it = (name, run) => tests.push({ name: [...names, name].join(' › '), run })
    let count = 0
    const open = ({ now }) => {
      count += 1
      const one = { path: `${path}/${count}`, now }
      const stores = [fileStore(one), fileStore(one)]
      const spoil = async (key) => {
        await stores[0].compareAndSet(key, undefined, record())
        const { readdir, truncate } = await import('node:fs/promises')
        const names = await readdir(one.path, { recursive: true })
        for (const name of names) if (/data_\w+$/.test(name)) await truncate(`${one.path}/${name}`)
      }
      const close = () => Promise.all(stores.map((store) => store.close()))
      return { stores, spoil, close }
    }
    describeSessionStore('file', open, { describe, it })
    const failed = []
    for (const { name, run } of tests) {
      await run().catch((error) => failed.push(`${name}: ${error.stack}`))
    }
    tell({ passed: tests.length - failed.length, failed })
  },
}

const store = fileStore({ path, ...given.options })
await work[what](store, given)
if (!given.isLeftOpen) await store.close()
