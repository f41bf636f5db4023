import { inspect } from 'node:util'
import { SessionError, type SessionEvent } from '@gravito/orbit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { secret, setting, signedIn } from './setting.ts'

const logged: string[] = []
beforeEach(() => {
  logged.length = 0
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, method).mockImplementation((...args) => {
      logged.push(args.map((arg) => inspect(arg, { depth: 10, showHidden: true })).join(' '))
    })
  }
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

/** The secret parts of a cookie. The instance is not one of them: it is also in the store. */
function secretsOf(received: readonly string[]): string[] {
  const parts = received.flatMap((value) => {
    const [, random, , signature] = value.split('.')
    return [value, random, signature].filter((part) => part !== undefined)
  })
  return [...new Set([...parts, secret])]
}

function expectNone(text: string, secrets: readonly string[]): void {
  expect(secrets.length).toBeGreaterThan(2)
  for (const one of secrets) expect(text.includes(one), one).toBe(false)
}

describe('ids, tokens and secrets (R24)', () => {
  it('do not appear in any response, header, event, log or record', async () => {
    const world = setting({ maxBytes: 600 })
    const said: string[] = []
    world.app.get('/broken', (c) => {
      c.get('session').get('x')
      throw new Error('broken')
    })
    const ada = world.client()
    const bob = world.client()
    const hear = async (answer: Promise<Response>) => {
      const response = await answer
      const headers = [...response.headers].filter(([name]) => name !== 'set-cookie')
      said.push(JSON.stringify(headers), await response.text())
    }

    await hear(ada.get('/me'))
    await hear(bob.get('/me'))
    await hear(ada.post('/login'))
    await hear(ada.post('/put?a=b'))
    await hear(ada.post('/regenerate'))
    await hear(ada.get('/broken'))
    await hear(ada.send('POST', '/put'))
    await hear(ada.post('/put', { headers: { 'X-CSRF-Token': bob.token, Accept: 'text/html' } }))
    await hear(ada.post(`/put?big=${'x'.repeat(700)}`))
    const old = ada.copy()
    await hear(ada.post('/login?as=bob'))
    await hear(old.post('/put?a=b'))
    const ended = ada.copy()
    await hear(ada.post('/logout'))
    await hear(ended.get('/me'))
    world.clock.pass(1e6)
    await hear(ada.get('/me'))
    await hear(ended.post('/put'))
    await hear(world.client().get('/me', { headers: { Cookie: 'session=x; session=y' } }))

    const secrets = secretsOf([
      ...ada.received,
      ...bob.received,
      ...old.received,
      ...ended.received,
    ])
    const events = inspect(world.events, { depth: 10 })
    expectNone(said.join('\n'), secrets)
    expectNone(events, secrets)
    expectNone(logged.join('\n'), secrets)
  })

  it('do not appear in the store: its records and keys are useless to a thief', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    await ada.post('/put?a=b')

    expectNone(inspect(world.store.live(), { depth: 10 }), secretsOf(ada.received))
  })

  it.each<[string, (value: unknown) => string]>([
    ['util.inspect', (value) => inspect(value, { depth: 20, showHidden: true })],
    ['JSON.stringify', (value) => JSON.stringify(value)],
    ['String', (value) => String(value)],
    ['Object.entries', (value) => inspect(Object.entries(Object(value)), { depth: 20 })],
  ])('cannot be read from the session and the token with %s', async (_, show) => {
    const world = setting()
    const ada = await signedIn(world.client())
    let shown = ''
    await world.answer(ada, (session, c) => {
      session.get('userId')
      shown = show(session) + show(c.get('csrf'))
    })

    expect(shown).not.toBe('')
    expectNone(shown, secretsOf(ada.received))
  })

  it('do not appear in the errors that handlers catch, nor in their causes', async () => {
    const world = setting({ maxBytes: 300 })
    const ada = await signedIn(world.client())
    const error = await world.within(ada, async (session) => {
      session.put('big', 'x'.repeat(400))
      const thrown = await session.save().catch((caught: unknown) => caught)
      session.forget('big')
      return thrown
    })

    expect(error).toBeInstanceOf(SessionError)
    expectNone(inspect(error, { depth: 20, showHidden: true }), secretsOf(ada.received))
  })
})

describe('an error response (R24)', () => {
  it('contains no stack and no file path', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    const world = setting({ maxBytes: 300, cookie: { secure: false } })
    const ada = await signedIn(world.client())

    const answers = [
      await ada.post(`/put?big=${'x'.repeat(400)}`),
      await ada.send('POST', '/put'),
      await ada.send('POST', '/put', { headers: { Accept: 'text/html' } }),
    ]

    for (const answer of answers)
      expect(await answer.text()).not.toMatch(/\bat .+:\d+|\.ts|node_modules/)
  })
})

describe('event listeners (R24)', () => {
  it('that throw or reject do not affect the request', async () => {
    const world = setting({
      onEvent: () => {
        throw new Error('listener')
      },
    })
    const ada = await signedIn(world.client())
    expect(await ada.json('/me')).toEqual({ userId: 'ada' })

    const later = setting({
      onEvent: (async () => Promise.reject(new Error('later'))) as (event: SessionEvent) => void,
    })
    const bob = await signedIn(later.client(), 'bob')
    expect(await bob.json('/me')).toEqual({ userId: 'bob' })
  })
})
