// Many writers on one table, as a separate process: `soak.ts <server> <url> <table> <seconds>`. It prints
// `ready`, waits for `go`, and at the end prints the counts of its writers.
import { Hono } from 'hono'
import { createPool } from 'mysql2/promise'
import { Pool } from 'pg'
import { session } from '../../../packages/orbit/src/index.ts'
import { sqlStore } from '../../../packages/orbit/src/stores/sql.ts'
import { testClient } from '../../../packages/orbit/src/testing/index.ts'
import { newRecord } from '../redis-setting.ts'
import { hotKeys, writers } from './soak-counts.ts'

const [server = '', url = '', table = '', seconds = '0'] = process.argv.slice(2)
const connections = writers.hot + writers.people + writers.short
const pool =
  server === 'MariaDB'
    ? createPool({ uri: url, connectionLimit: connections })
    : new Pool({ connectionString: url, max: connections })
const problems = new Map<string, number>()
// Sweeps run all the time.
const store = sqlStore({ client: pool, table, ownerColumn: true, sweepIntervalSeconds: 0.2 })

const counts = { commits: 0, conflicts: 0, 'sign-ins': 0, '503s': 0, lost: 0, extra: 0 }
/** The number of confirmed increments of each shared record. */
const hot = Object.fromEntries(hotKeys.map((key) => [key, 0]))
let isOver = false

function failed(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  problems.set(message, (problems.get(message) ?? 0) + 1)
}

/** Adds one to a record that all writers change. */
async function addToHot(place: number): Promise<void> {
  const key = hotKeys[place % hotKeys.length] ?? ''
  const current = await store.load(key)
  const payload = String(Number(current?.payload ?? 0) + 1)
  const { expiresAt: _, ...next } = newRecord({ payload })
  if (await store.compareAndSet(key, current?.version, next)) {
    counts.commits += 1
    hot[key] = (hot[key] ?? 0) + 1
  } else counts.conflicts += 1
}

/** Creates a record that soon expires, also over an expired one, and sometimes removes it. */
async function putShort(place: number): Promise<void> {
  const key = `short-${place % 8}`
  const record = newRecord({ expiresAt: Date.now() + 1 + Math.random() * 300 })
  if (!(await store.compareAndSet(key, undefined, record))) {
    counts.conflicts += 1
    return
  }
  counts.commits += 1
  if (Math.random() < 0.5) await store.compareAndSet(key, record.version, undefined)
}

const app = new Hono()
const sessions = session({
  store,
  secret: 'a secret of the soak, long enough for HMAC',
  logger: quiet(),
})
app.use(sessions)
app.get('/visits', (c) => c.json(c.get('session').get('visits') ?? 0))
app.post('/visit', (c) => c.json(c.get('session').increment('visits')))
app.post('/regenerate', (c) => {
  c.get('session').regenerate()
  return c.text('done')
})
app.post('/sign-in/:user', (c) => {
  c.get('session').signIn(c.req.param('user'))
  return c.text('done')
})
app.post('/sign-out', (c) => {
  c.get('session').signOut()
  return c.text('done')
})

/** A user who signs in, sends requests, sometimes gets a new id, and signs out. Few users have many sessions. */
async function liveOnce(place: number): Promise<void> {
  const person = testClient(app)
  const post = async (path: string) => {
    const { status } = await person.post(path)
    // On a busy machine a call may take longer than a second. Then the response has confirmed nothing.
    if (status === 503) counts['503s'] += 1
    else if (status !== 200) failed(`${status} of ${path}`)
    return status === 200
  }
  if (!(await post(`/sign-in/user-${place % 10}`))) return
  counts['sign-ins'] += 1
  let [confirmed, unknown] = [0, 0]
  for (let click = 0; click < 20 && !isOver; click += 1) {
    if (await post('/visit')) confirmed += 1
    else unknown += 1
    if (Math.random() < 0.05) await post('/regenerate')
  }
  counts.commits += confirmed
  let response = await person.get('/visits')
  while (response.status === 503) {
    counts['503s'] += 1
    response = await person.get('/visits')
  }
  if (response.status !== 200) return failed(`${response.status} of /visits`)
  const visits = Number(await response.json())
  counts.lost += Math.max(0, confirmed - visits)
  counts.extra += Math.max(0, visits - confirmed - unknown)
  await post('/sign-out')
}

async function goOn(work: (place: number) => Promise<void>, place: number): Promise<void> {
  while (!isOver) await work(place).catch(failed)
}

function quiet() {
  return { warn() {}, error() {} }
}

const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)
const several = (count: number, work: (place: number) => Promise<void>) =>
  Array.from({ length: count }, (_, place) => goOn(work, place))

await sessions.ready()
say('ready')
process.stdin.once('data', async () => {
  setTimeout(() => {
    isOver = true
  }, Number(seconds) * 1_000)
  await Promise.all([
    ...several(writers.hot, addToHot),
    ...several(writers.people, liveOnce),
    ...several(writers.short, putShort),
  ])
  say({ counts, hot, problems: Object.fromEntries(problems) })
  await sessions.close()
  await pool.end()
  process.exit()
})
