import { expect, it, onTestFinished } from 'vitest'
import { browserOf, by } from './browser.ts'
import { Gates } from './gates.ts'
import { oldestDate, startWorkerd } from './workerd.ts'

const APP_KEY = 'the secret of the tests is long enough'

// With this date, workerd never settles a promise that one request awaits and another one resolves.
it('sessions move from D1 to Durable Objects while the app runs', async () => {
  const gates = new Gates()
  const workerd = await startWorkerd({
    script: 'moving',
    ask: gates.ask,
    date: oldestDate,
    workers: { before: { APP_KEY, STORE: 'd1' }, after: { APP_KEY } },
  })
  onTestFinished(() => workerd.stop())
  const clients = Array.from({ length: 10 }, () => browserOf(workerd, 'before'))
  const [client] = clients
  if (!client) throw new Error('There is no client.')
  await Promise.all(clients.map((one) => one.get('/')))
  for (const one of clients) expect((await one.post('/login')).status).toBe(200)
  expect((await client.post('/')).status).toBe(200)

  // The first requests of the isolate arrive at the same time.
  const first = await Promise.all(clients.map((one) => one.get('/', by('after'))))
  expect(first.map(({ status }) => status)).toEqual(clients.map(() => 200))
  const waiting = Array.from({ length: 20 }, () => client.post('/gate/all', by('after')))
  await gates.arrived('all', 20)
  gates.open('all')
  const statuses = (await Promise.all(waiting)).map(({ status }) => status)
  expect(statuses.filter((status) => status !== 200)).toEqual([])
  expect(await client.json('/', by('after'))).toEqual({ userId: 'ada', count: 21 })
  expect(await client.json('/devices', by('after'))).toBe(10)

  const old = client.copy()
  expect((await client.post('/logout', by('after'))).status).toBe(200)
  expect(await old.json('/', by('after'))).toEqual({})
  expect(await client.json('/devices', by('after'))).toBe(9)
}, 60_000)
