import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../hono/client.ts'
import { browserOf, by } from './browser.ts'
import { Gates } from './gates.ts'
import { startWorkerd, type Workerd } from './workerd.ts'

const APP_KEY = 'a secret of the tests, long enough for all'
const gates = new Gates()
let workerd: Workerd

beforeAll(async () => {
  workerd = await startWorkerd({
    script: 'app',
    ask: gates.ask,
    workers: Object.fromEntries(
      ['durable-object', 'd1'].flatMap((STORE) =>
        ['one', 'two'].map((isolate) => [`${STORE}-${isolate}`, { STORE, APP_KEY }]),
      ),
    ),
  })
}, 60_000)
afterAll(() => workerd?.stop())

describe.each(['durable-object', 'd1'])(
  'requests of one session in two isolates, on %s',
  (store) => {
    const [one, two] = [`${store}-one`, `${store}-two`] as const
    let count = 0
    const newGate = () => {
      count += 1
      return `${store}-${count}`
    }

    async function visitor(): Promise<Client> {
      const client = browserOf(workerd, one)
      await client.get('/me')
      return client
    }

    async function signedIn(owner: string): Promise<Client> {
      const client = await visitor()
      expect((await client.post(`/login?as=${owner}`)).status).toBe(200)
      return client
    }

    /** A request that waits at the end of its handler. */
    async function held(client: Client, path: string, worker: string, method = 'POST') {
      const gate = newGate()
      const answer = client.post(
        `${path}${path.includes('?') ? '&' : '?'}gate=${gate}`,
        by(worker),
        method,
      )
      await Promise.race([gates.arrived(gate), answer])
      return () => {
        gates.open(gate)
        return answer
      }
    }

    it('100 overlapping increments are all counted (R1)', async () => {
      const client = await visitor()
      await client.post('/put/base')
      const gate = newGate()
      const answers = Array.from({ length: 100 }, (_, index) =>
        client.post(`/increment?gate=${gate}`, by(index % 2 ? one : two)),
      )
      await gates.arrived(gate, 100)
      gates.open(gate)

      const statuses = (await Promise.all(answers)).map(({ status }) => status)
      expect(statuses.filter((status) => status !== 200)).toEqual([])
      expect(await client.json('/all', by(two))).toEqual({ base: 'x', count: 100 })
    })

    it('two changes of different keys both take effect (R1)', async () => {
      const client = await signedIn('user-1')
      const releases = await Promise.all([held(client, '/put/a', one), held(client, '/put/b', two)])
      const answers = await Promise.all(releases.map((release) => release()))

      expect(answers.map(({ status }) => status)).toEqual([200, 200])
      expect(await client.json('/all')).toEqual({ userId: 'user-1', a: 'x', b: 'x' })
    })

    it('a late write does not restore the session after a sign-out (R2)', async () => {
      const client = await signedIn('user-2')
      const old = client.copy()
      const release = await held(old, '/put/a', one)
      expect((await client.post('/logout', by(two))).status).toBe(200)
      const late = await release()

      expect(late.headers.getSetCookie()).toEqual([])
      for (const worker of [one, two]) {
        expect(await old.json('/all', by(worker))).toEqual({})
        expect(await client.json('/all', by(worker))).toEqual({})
      }
      expect(await client.json('/sessions/user-2')).toEqual([])
    })

    it('a write that overlaps a sign-in fails with 409, and does not overwrite the new cookie (R4)', async () => {
      const client = await visitor()
      const release = await held(client.copy(), '/put/late', one)
      expect((await client.post('/login?as=user-3', by(two))).status).toBe(200)
      const late = await release()

      expect(late.status).toBe(409)
      expect(late.headers.getSetCookie()).toEqual([])
      expect(await client.json('/all', by(one))).toEqual({ userId: 'user-3' })
    })

    it('overlapping sign-ins of two users never share a session (R4)', async () => {
      const client = await visitor()
      const [ada, bob] = [client.copy(), client.copy()]
      const releases = await Promise.all([
        held(ada, '/login?as=ada', one),
        held(bob, '/login?as=bob', two),
      ])
      const answers = await Promise.all(releases.map((release) => release()))

      expect(answers.map(({ status }) => status)).toEqual([200, 200])
      expect(await ada.json('/me', by(two))).toEqual({ userId: 'ada' })
      expect(await bob.json('/me', by(one))).toEqual({ userId: 'bob' })
    })

    it('two overlapping first writes of a visitor create one session, with the keys of both (R5)', async () => {
      const client = await visitor()
      const releases = await Promise.all([held(client, '/put/a', one), held(client, '/put/b', two)])
      await Promise.all(releases.map((release) => release()))

      expect(await client.json('/all')).toEqual({ a: 'x', b: 'x' })
    })

    it('exactly one of many requests takes a value (R26)', async () => {
      const client = await visitor()
      await client.post('/put/ticket')
      const gate = newGate()
      const answers = Array.from({ length: 12 }, (_, index) =>
        client.post(`/take/ticket?gate=${gate}`, by(index % 2 ? one : two)),
      )
      await gates.arrived(gate, 12)
      gates.open(gate)

      const taken = await Promise.all((await Promise.all(answers)).map((answer) => answer.json()))
      expect(taken.filter((body) => Object(body).taken === 'x')).toHaveLength(1)
    })

    it('no session survives endAll() for its user (R25)', async () => {
      const clients = [await signedIn('user-4'), await signedIn('user-4')]
      const release = await held(clients[0] ?? (await visitor()), '/put/a', one)
      const admin = await signedIn('admin')
      expect(await (await admin.post('/end-all/user-4', by(two))).json()).toEqual({ ended: 2 })
      await release()

      for (const client of clients)
        expect(await client.json('/me', by(one))).toEqual({ userId: null })
      expect(await admin.json('/sessions/user-4')).toEqual([])
    })
  },
)
