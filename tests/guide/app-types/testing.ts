import { session } from '@gravito/orbit'
import { chaotic, describeSessionStore, testClient, testClock } from '@gravito/orbit/testing'
import { Hono } from 'hono'
import { hc } from 'hono/client'

const clock = testClock()
const app = new Hono().use(session({ now: clock.now })).get('/', (c) => c.json({ a: 1 }))

export async function signsIn(): Promise<boolean> {
  const browser = testClient(app)
  const response: Response = await browser.post('/login', { json: { name: 'Ada' } })
  // @ts-expect-error: jsn
  await browser.post('/login', { jsn: {} })
  return response.ok && browser.token !== undefined
}

// The session data is declared in session-data.ts.
export async function startsSignedIn(): Promise<number> {
  const client = await testClient(app).actingAs('ada', { data: { count: 1 } })
  await client.withSession({ cart: [] }, { flash: { success: 'x' } })
  clock.travel({ minutes: 31 })
  // @ts-expect-error: the declared id of a user is a string
  await client.actingAs(1)
  // @ts-expect-error: misspelt
  await client.withSession({ cuont: 1 })
  const stored = await client.session()
  const count: number = stored?.data.count ?? 0
  const userId: string = stored?.userId ?? ''
  const page = await client.follow(client.post('/', { form: { userId } }))
  const api = hc<typeof app>('http://localhost', { fetch: client.fetch })
  const { a } = await (await api.index.$get()).json()
  return a + count + page.status + client.storageState().cookies.length
}

testClient('http://localhost:3000', { sessions: session(), headers: { Accept: 'text/html' } })
// @ts-expect-error: the options of a session are not a session
testClient('http://localhost:3000', { sessions: { driver: 'redis' } })
// @ts-expect-error: an object that is not an app
testClient({ fetch: 'no' })
// @ts-expect-error: a suite needs the runner's describe and it
describeSessionStore('mine', () => ({ stores: [], close: () => {} }))

export const faulty = chaotic
