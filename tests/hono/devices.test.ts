import type { DevicesOptions, SessionEvent } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { listOf } from './sessions.ts'
import { setting, signedIn } from './setting.ts'

const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:142.0) Gecko/20100101 Firefox/142.0'
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1'

function world(devices: DevicesOptions | boolean = true) {
  const all = setting({ devices })
  return {
    ...all,
    async signIn(userAgent: string, headers: Record<string, string> = {}, client = all.client()) {
      const message = { headers: { 'User-Agent': userAgent, ...headers } }
      await all.answer(client, (session) => session.signIn('ada'), message)
      return client
    },
    newDevices: () =>
      all.events.flatMap((event: SessionEvent) =>
        event.type === 'session:device-new' ? [`${event.userId} ${event.device}`] : [],
      ),
  }
}

describe("the devices of a user's sessions", () => {
  it('have a name and the User-Agent of the browser in the list', async () => {
    const app = world()
    const phone = await app.signIn(safari)
    await app.signIn(firefox)
    const list = await listOf(app, phone)
    expect(list.map(({ device }) => device?.name).sort()).toEqual([
      'Firefox on Windows',
      'Safari on iPhone',
    ])
    expect(list.find(({ isCurrent }) => isCurrent)?.device?.userAgent).toBe(safari)
  })

  it('come from the sign-in, even after a new id and for a sign-in by put()', async () => {
    const app = world()
    const client = app.client()
    const from = (userAgent: string) => ({ headers: { 'User-Agent': userAgent } })
    await app.answer(client, (session) => session.put('userId', 'ada'), from(safari))
    await app.answer(client, (session) => session.regenerate(), from(firefox))
    expect((await listOf(app, client))[0]?.device?.name).toBe('Safari on iPhone')
    await app.answer(client, (session) => session.signIn('ada'), from(firefox))
    expect((await listOf(app, client))[0]?.device?.name).toBe('Firefox on Windows')
  })

  it('have the label that the app gave at the sign-in', async () => {
    const app = setting()
    const client = app.client()
    await app.answer(client, (s) => s.signIn('ada', { label: 'Work laptop', method: 'passkey' }))
    await app.answer(client, (session) => session.confirm())
    const [one] = await listOf(app, client)
    expect(one).toMatchObject({ label: 'Work laptop', method: 'passkey' })
    expect(one).not.toHaveProperty('device')
  })

  it('are not stored by default, and never for visitors', async () => {
    const off = setting()
    const ada = await signedIn(off.client())
    expect((await listOf(off, ada))[0]).not.toHaveProperty('device')
    const on = world()
    await on.answer(on.client(), (session) => session.put('cart', 1))
    expect(JSON.stringify(on.store.live())).not.toContain('userAgent')
  })

  it('are reported by an event the first time, and again if no session with that device is left', async () => {
    const app = world()
    await app.signIn(safari)
    await app.signIn(firefox)
    await app.signIn(firefox)
    expect(app.newDevices()).toEqual(['ada Safari on iPhone', 'ada Firefox on Windows'])
    await app.middleware.sessions.of('ada').endAll()
    await app.signIn(firefox)
    expect(app.newDevices()).toHaveLength(3)
  })

  it('are new again if all earlier sessions with them have expired', async () => {
    const app = world()
    for (let count = 0; count < 6; count += 1) await app.signIn(firefox)
    app.clock.pass(7_200)
    await app.signIn(firefox)
    expect(app.newDevices()).toHaveLength(2)
  })

  it('come from the latest sign-in of a session', async () => {
    const app = world()
    const client = await app.signIn(safari)
    await app.signIn(firefox, {}, client)
    await app.signIn(firefox)
    expect(app.newDevices()).toEqual(['ada Safari on iPhone', 'ada Firefox on Windows'])
    await app.signIn(safari)
    expect(app.newDevices()).toHaveLength(3)
  })

  it('keep the list of a user below the size limit of all stores, whatever their names', async () => {
    const app = world()
    const sizes: number[] = []
    const { compareAndSet } = app.store
    app.store.compareAndSet = (key, version, next) => {
      sizes.push(next?.payload.length ?? 0)
      return compareAndSet(key, version, next)
    }
    for (let count = 0; count < 50; count += 1) await app.signIn(`c"\\${'"'.repeat(200)}/${count}`)
    const index = Math.max(...sizes)
    expect((index / 50) * 1_000).toBeLessThan(256 * 1024)
  })

  it('cost a signed-in read no store call', async () => {
    const app = world()
    const client = await app.signIn(firefox)
    app.store.taken()
    await client.get('/me')
    expect(app.store.taken()).toEqual(['load'])
  })

  it('keep at most 256 characters of a header, and no control characters', async () => {
    const app = world()
    const client = await app.signIn(`curl/8 ${'x'.repeat(5_000)}`)
    const [one] = await listOf(app, client)
    expect(one?.device?.name).toBe('curl')
    expect(one?.device?.userAgent).toHaveLength(256)
  })
})

describe('the address of a device', () => {
  const forwarded = { 'X-Forwarded-For': '198.51.100.7, 203.0.113.9' }

  it('comes from the trusted proxy, shortened to its network', async () => {
    const app = world({ trustProxy: 1 })
    const client = await app.signIn(firefox, forwarded)
    expect((await listOf(app, client))[0]?.device?.address).toBe('203.0.113.0/24')
  })

  it('never comes from a header if no proxy is configured', async () => {
    const app = world()
    const client = await app.signIn(firefox, forwarded)
    expect((await listOf(app, client))[0]?.device?.address).not.toBe('203.0.113.0/24')
  })

  it.each([
    [true, /number of proxies/],
    [['10.0.0.0/99'], /write networks as/],
    [-1, /from 0 to 32/],
  ])('refuses %s as trusted proxies', (trustProxy, message) => {
    expect(() => setting({ devices: { trustProxy: trustProxy as number } })).toThrow(message)
  })
})
