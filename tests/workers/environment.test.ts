import { once } from 'node:events'
import { get } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { browserOf, by } from './browser.ts'
import { oldestDate, startWorkerd, type WorkerdOptions } from './workerd.ts'

const [one, two] = ['one', 'two'].map((name) => `the secret ${name} of the tests is long enough`)
const recent = '2026-02-24'

async function start(workers: WorkerdOptions['workers'], date = recent) {
  const workerd = await startWorkerd({ script: 'environment', workers, date })
  onTestFinished(() => workerd.stop())
  return workerd
}

// With the recent date, `process.env` has the variables too.
describe.each([oldestDate, recent])('the environment of a Worker, with the date %s', (date) => {
  it('provides the current and the previous secrets', async () => {
    const workerd = await start(
      {
        before: { APP_KEY: String(one) },
        after: { APP_KEY: String(two), APP_PREVIOUS_KEYS: String(one) },
        stranger: { APP_KEY: String(two) },
      },
      date,
    )
    const client = browserOf(workerd, 'before')
    await client.get('/')
    await client.post('/')
    expect(await client.copy().json('/', by('stranger'))).toEqual({})
    expect(await client.json('/', by('after'))).toEqual({ count: 1 })
    // A store keeps a secret only for an app that has configured none.
    const keys: string[] = JSON.parse(await (await client.get('/keys')).text())
    expect(keys.filter((key) => key.startsWith('secret-'))).toEqual([])
    expect(await client.json('/log')).toEqual([])
  })

  it('without a secret, uses the one that the store keeps, and logs a warning', async () => {
    const workerd = await start({ one: {}, two: {} }, date)
    const client = browserOf(workerd, 'one')
    await client.get('/')
    await client.post('/')
    expect(await client.json('/', by('two'))).toEqual({ count: 1 })
    expect(await client.json('/log')).toEqual([
      expect.stringContaining('No session secret is configured'),
    ])
  })

  it('with a secret that is too short, throws an error that says so', async () => {
    const app = { APP_KEY: 'short' }
    const problem = 'APP_KEY has a secret of less than 32 bytes'
    // If `process.env` has the variables, the Worker does not start. Otherwise each request fails.
    if (date === recent) return expect(start({ app }, date)).rejects.toThrow(problem)
    const workerd = await start({ app }, date)
    expect(await (await fetch(workerd.url('app'))).text()).toContain(problem)
  })

  it('determines whether cookies are Secure', async () => {
    const workerd = await start(
      { production: { APP_KEY: String(one) }, test: { APP_KEY: String(one), NODE_ENV: 'test' } },
      date,
    )
    const namesAt = async (worker: string, host: string) => {
      const [response] = await once(get(workerd.url(worker), { headers: { host } }), 'response')
      const cookies: string[] = response.resume().headers['set-cookie'] ?? []
      return cookies.map((cookie) => cookie.replace(/=.*/, ''))
    }
    expect(await namesAt('production', 'localhost')).toContain('session')
    expect(await namesAt('production', 'shop.example')).toContain('__Host-session')
    expect(await namesAt('test', 'shop.example')).toContain('session')
  })
})

describe('on Workers', () => {
  it.each(['file', 'redis', 'sqlite'])('the driver %s is refused at boot', async (driver) => {
    const workerd = await start({ app: { APP_KEY: String(one) } })
    const text = await (await fetch(`${workerd.url('app')}/driver/${driver}`)).text()
    expect(text).toContain(`is the string "${driver}", which does not run on Cloudflare Workers`)
  })

  it('the memory driver works in one isolate, and the log has a warning', async () => {
    const workerd = await start({ app: { STORE: 'memory', APP_KEY: String(one) } })
    const client = browserOf(workerd, 'app')
    await client.get('/')
    await client.post('/')
    expect(await client.json('/')).toEqual({ count: 1 })
    expect(await client.json('/log')).toEqual([expect.stringContaining('signed out at random')])
  })
})
