// A process of its own for the tests of the file driver. It tells what it does in lines of JSON.
// node file-worker.mjs <the built package> <what to do> <the sessions' folder> <more, as JSON>

import { monitorEventLoopDelay } from 'node:perf_hooks'

const [, , built, what, path, json = '{}'] = process.argv
const { fileStore } = await import(new URL('stores/file.js', built).href)
const given = JSON.parse(json)

const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)
const newMark = () => crypto.randomUUID()
const record = (fields) => ({
  version: newMark(),
  birth: 'birth',
  payload: '1:payload',
  createdAt: Date.now(),
  lastActivityAt: Date.now(),
  expiresAt: Date.now() + 3_600_000,
  ...fields,
})
const payloadOf = (number, size) => `${number}:${String(number % 10).repeat(size)}`

const work = {
  /** Adds one so many times, and tells each one that the store took. */
  async increment(store, { key, times }) {
    tell('ready')
    for (let done = 0; done < times; ) {
      const current = await store.load(key)
      const payload = String(Number(current.payload) + 1)
      const next = { ...current, version: newMark(), payload }
      if ((await store.replace(key, next, current.version)) !== 'replaced') continue
      done += 1
      tell(Number(payload))
    }
  },

  /** Creates all of the keys, and tells which of them it was that made them. */
  async create(store, { keys, owner }) {
    tell('ready')
    const made = []
    for (const key of keys) {
      if ((await store.create(key, record(owner ? { owner } : {}))) === 'created') made.push(key)
    }
    tell(made)
  },

  /** Signs somebody in and out of all devices for ever. */
  async signInAndOut(store, { owner }) {
    tell('ready')
    for (let round = 0; ; round += 1) {
      await store.create(
        `${process.pid}-${round}`,
        record({ owner, payload: payloadOf(1, 50_000) }),
      )
      if (round % 3 === 2) await store.destroyOwner(owner)
      tell(round)
    }
  },

  /** Ends all of the owner's sessions again and again, and tells when it has begun. */
  async endOwner(store, { owner, times }) {
    tell('ready')
    for (let round = 0; round < times; round += 1) await store.destroyOwner(owner)
    tell('ended')
  },

  /** Writes a number and as many digits as `size` says, then the next number, for ever. */
  async write(store, { key, size }) {
    for (;;) {
      const current = await store.load(key)
      const number = Number.parseInt(current.payload, 10) + 1
      const payload = payloadOf(number, size)
      const next = { ...current, version: newMark(), payload }
      tell('writing')
      await store.replace(key, next, current.version)
      tell(number)
      await store.touch(key, next.version, Date.now(), Date.now() + 3_600_000)
    }
  },

  /** One write in a folder where writes may fail. */
  async replaceOnce(store, { key, size }) {
    const current = await store.load(key)
    const next = { ...current, version: newMark(), payload: payloadOf(2, size) }
    const outcome = await store.replace(key, next, current.version).catch((error) => error.code)
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

  /** Makes one of everything, with whatever the umask is. */
  async makeAll(store, { umask }) {
    process.umask(umask)
    await store.ready()
    await store.secret('a secret')
    await store.create('key', record({ owner: 'owner' }))
    const { version } = await store.load('key')
    await store.replace('key', record({ owner: 'owner' }), version)
    tell('made')
  },

  /** How long the event loop paused while so many sessions, all expired, were swept. */
  async sweep(_, { count }) {
    const { readdir } = await import('node:fs/promises')
    const left = async (area) => {
      let folders = 0
      for (const shard of await readdir(`${path}/${area}`)) {
        folders += (await readdir(`${path}/${area}/${shard}`)).length
      }
      return folders
    }
    const patient = fileStore({ path })
    const expiresAt = Date.now() + 60_000
    for (let index = 0; index < count; index += 50) {
      const keys = Array.from({ length: 50 }, (_, one) => `key ${index + one}`)
      await Promise.all(keys.map((key) => patient.create(key, record({ expiresAt, owner: key }))))
    }
    await patient.close()
    tell((await left('records')) + (await left('owners')))
    const delay = monitorEventLoopDelay({ resolution: 1 })
    const eager = fileStore({ path, sweepIntervalSeconds: 0.01, now: () => expiresAt })
    await eager.load('another')
    const began = performance.now()
    delay.enable()
    // Processor time, for on a busy machine any process waits longer than that for its turn.
    let busiest = 0
    let before = process.cpuUsage()
    const tick = setInterval(() => {
      const { user, system } = process.cpuUsage(before)
      busiest = Math.max(busiest, (user + system) / 1000)
      before = process.cpuUsage()
    }, 1)
    while ((await left('owners')) + (await left('records')) > 0) {
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    delay.disable()
    clearInterval(tick)
    await eager.close()
    const [longest, usual] = [delay.max / 1e6, delay.percentile(99) / 1e6]
    tell({ busiest, usual, longest, seconds: (performance.now() - began) / 1000 })
  },

  /** What comes of a session whose file is a link to another file. */
  async loadLinked(store) {
    const { readdir, rename, symlink } = await import('node:fs/promises')
    await store.create('key', record())
    const names = await readdir(path, { recursive: true })
    const data = `${path}/${names.find((name) => /data-\w+$/.test(name))}`
    await rename(data, `${path}/elsewhere`)
    await symlink(`${path}/elsewhere`, data)
    tell(
      await store.load('key').then(
        () => 'loaded',
        (error) => error.code,
      ),
    )
  },

  /** Microseconds that a verb takes, one after the other, with 500 bytes of data. */
  async measure(_, { rounds = 2_000, fsync = false }) {
    const store = fileStore({ path, fsync })
    const figures = {}
    const time = async (name, verb) => {
      const began = performance.now()
      for (let round = 0; round < rounds; round += 1) await verb(round)
      figures[name] = Math.round(((performance.now() - began) * 1_000) / rounds)
    }
    const payload = 'x'.repeat(500)
    const key = (round) => `key ${round}`
    const versions = []
    const draw = (round, fields) => {
      const one = record({ payload, ...fields })
      versions[round] = one.version
      return one
    }
    const later = Date.now() + 7_200_000
    await time('create', (round) => store.create(key(round), draw(round)))
    await time('load', (round) => store.load(key(round)))
    await time('replace', (round) => {
      const version = versions[round]
      return store.replace(key(round), draw(round), version)
    })
    await time('touch', (round) => store.touch(key(round), versions[round], later, later))
    await time('destroy', (round) => store.destroy(key(round)))
    await time('create with an owner', (round) => {
      return store.create(key(round), draw(round, { owner: key(round) }))
    })
    await time('list of one', (round) => store.list(key(round)))
    await store.close()
    tell(figures)
  },

  /** Runs the suite of the contract, and tells how many tests there were and what failed. */
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
      return { stores, close: () => Promise.all(stores.map((store) => store.close())) }
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
