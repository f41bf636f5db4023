// A process with this many active sessions: `sessions.mjs <orbit|map> <number>`. It reports the heap
// per session. Then, on each message, it reports the cost of a request with one of these sessions.

import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { fromBuild } from '../apps/build.mjs'

const [name, number] = process.argv.slice(2)
const count = Number(number)
const apps = { orbit: withOrbit, map: withMap }
console.warn = () => {}

/** The cookies. They are stored outside of the heap, so that they do not count as a part of the sessions. */
const slot = 320
const cookies = Buffer.alloc(count * slot)

const app = await apps[name]()
const before = heap()
for (let index = 0; index < count; index += 1) await begin(index)
process.send({ heap: (heap() - before) / count })

process.on('message', async ({ kind, requests }) => {
  try {
    process.send({ micros: await costOf(kind, requests) })
  } catch (error) {
    process.send({ error: error.message })
  }
})
process.on('disconnect', () => process.exit())

async function withOrbit() {
  const { memoryStore, session } = await fromBuild('index.js')
  const app = new Hono()
  const store = memoryStore({ maxEntries: 2 * count + 1_000, maxBytes: 2 ** 33 })
  app.use(session({ secret: randomUUID(), store }))
  return withRoutes(app, {
    begin: (c, notes) => c.get('session').put('notes', notes),
    read: (c) => c.get('session').get('notes').length,
    write: (c) => c.get('session').increment('clicks'),
  })
}

function withMap() {
  const sessions = new Map()
  const own = (c) => sessions.get(getCookie(c, 'session'))
  return withRoutes(new Hono(), {
    begin(c, notes) {
      const id = randomUUID()
      sessions.set(id, { notes })
      setCookie(c, 'session', id, { httpOnly: true, sameSite: 'Lax', path: '/' })
    },
    read: (c) => own(c).notes.length,
    write(c) {
      const session = own(c)
      session.clicks = (session.clicks ?? 0) + 1
    },
  })
}

function withRoutes(app, { begin, read, write }) {
  app.get('/begin', (c) => {
    begin(c, randomBytes(225).toString('hex'))
    return c.text('begun')
  })
  app.get('/read', (c) => c.text(String(read(c))))
  app.post('/write', (c) => {
    write(c)
    return c.text('written')
  })
  return app
}

async function begin(index) {
  const response = await app.fetch(new Request('http://localhost/begin'))
  const pairs = response.headers.getSetCookie().map((line) => line.split(';')[0])
  const written = cookies.write(pairs.join('; '), index * slot + 2, slot - 2)
  cookies.writeUInt16LE(written, index * slot)
}

/** The number of requests per slice. It is so low that the requests and responses are freed early, as on a server. */
const slice = 50

/** Measures requests with random sessions, which are created before the measurement. It checks each response. */
async function costOf(kind, amount) {
  const expected = kind === 'read' ? '450' : 'written'
  let micros = 0
  for (let done = 0; done < amount; done += slice) {
    const requests = Array.from({ length: slice }, () => requestFor(kind, randomInt(count)))
    const responses = []
    const began = process.cpuUsage()
    for (const request of requests) responses.push(await app.fetch(request))
    const { user, system } = process.cpuUsage(began)
    micros += user + system
    for (const response of responses) {
      const text = await response.text()
      if (text !== expected) throw new Error(`${kind} got the response ${response.status} ${text}`)
    }
  }
  return micros / amount
}

function requestFor(kind, index) {
  const at = index * slot
  const cookie = cookies.toString('latin1', at + 2, at + 2 + cookies.readUInt16LE(at))
  if (kind === 'read') return new Request('http://localhost/read', { headers: { cookie } })
  const token = /XSRF-TOKEN=([^;]*)/.exec(cookie)?.[1] ?? ''
  const headers = { cookie, 'X-CSRF-Token': token }
  return new Request('http://localhost/write', { method: 'POST', headers })
}

function heap() {
  for (let time = 0; time < 3; time += 1) globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
