import { inspect } from 'node:util'
import type { SessionEvent } from '@gravito/orbit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Client } from './client.ts'
import { arrived, setting, signedIn } from './setting.ts'

const logged: string[] = []
beforeEach(() => {
  logged.length = 0
  vi.spyOn(console, 'error').mockImplementation((line) => void logged.push(String(line)))
  vi.spyOn(console, 'warn').mockImplementation((line) => void logged.push(String(line)))
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** Secrets of the browser: each whole cookie, its random part, and its signature. */
function secretsOf(...clients: readonly Client[]): string[] {
  return clients
    .flatMap(({ received }) => received)
    .flatMap((value) => [value, ...value.split('.').filter((part) => part.length === 43)])
}

describe("the events of a session's life (ASVS 16.3.3)", () => {
  it("are created, renewed, destroyed, expired and forged in this order, each with the session's handle", async () => {
    const world = setting()
    const handles: string[] = []
    const ada = await arrived(world.client())
    const then = async (path: string) => {
      await ada.post(path)
      handles.push(await world.within(ada, (session) => session.handle))
    }

    await then('/put?cart=lamp')
    await then('/login?as=ada')
    await then('/regenerate')
    await world.within(ada, (session) => session.signIn('ada'))
    handles.push(await world.within(ada, (session) => session.handle))
    const idle = ada.copy()
    const ended = ada.copy()
    await ada.post('/logout')
    await ended.get('/me')
    idle.set('session', 'not-one-of-ours')
    await idle.get('/me')
    const bob = await signedIn(world.client(), 'bob')
    const bobs = await world.within(bob, (session) => session.handle)
    world.clock.pass(1e6)
    await bob.get('/me')

    const [guests, adas, moved, again] = handles
    expect(world.events).toEqual([
      { type: 'session:created', handle: guests },
      { type: 'session:regenerated', handle: adas, from: guests },
      { type: 'session:regenerated', handle: moved, from: adas },
      { type: 'session:regenerated', handle: again, from: moved },
      { type: 'session:ended', handle: again, reason: 'signed-out' },
      { type: 'session:expired', handle: again },
      { type: 'session:unknown-id', reason: 'not-ours' },
      { type: 'session:created', handle: bobs },
      { type: 'session:regenerated', handle: bobs, from: expect.any(String) },
      { type: 'session:expired', handle: bobs },
    ] satisfies unknown[])
    const told = inspect(world.events, { depth: 10 })
    for (const one of secretsOf(ada, idle, ended, bob)) expect(told).not.toContain(one)
  })
})

describe('a log line (ASVS 16.2.5, 16.4.1)', () => {
  const forged = 'x\r\nsession forged: signed in as admin\u2028\u0085\u001b[31m'

  it.each<[string, (world: ReturnType<typeof setting>, client: Client) => Promise<Response>]>([
    ['a key', (world, client) => world.answer(client, (s) => s.put(forged, () => 1))],
    [
      'a key of an object',
      (world, client) => world.answer(client, (s) => s.put({ [forged]: () => 1 })),
    ],
    [
      'a key inside a value',
      (world, client) => world.answer(client, (s) => s.put('a', { [forged]: () => 1 })),
    ],
    [
      'a key whose value has another type',
      (world, client) =>
        world.answer(client, (s) => {
          s.put(forged, 'text')
          s.increment(forged)
        }),
    ],
    [
      'an async update',
      (world, client) => world.answer(client, (s) => s.update(forged, async () => 1)),
    ],
    [
      "an error of the app's own callback",
      (world, client) => {
        world.clock.pass(120)
        return world.answer(client, (s) => s.get('userId'), { headers: { 'X-Fail': '1' } })
      },
    ],
  ])('stays one line, whatever the content of %s', async (_, fault) => {
    const heard: SessionEvent[] = []
    const world = setting({
      onEvent: (event) => void heard.push(event),
      touch(c) {
        if (c.req.header('X-Fail')) throw new Error(forged)
        return true
      },
    })
    const ada = await signedIn(world.client())

    const response = await fault(world, ada)

    const said = [
      ...logged,
      ...heard.flatMap((event) => ('message' in event ? [event.message] : [])),
      await response.text(),
    ]
    expect(said.some((line) => line.includes('forged'))).toBe(true)
    for (const line of said) expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
  })

  it('names the session by its handle, never by its id', async () => {
    const world = setting({ maxBytes: 300 })
    const ada = await signedIn(world.client())
    const handle = await world.within(ada, (session) => session.handle)
    await ada.post(`/put?big=${'x'.repeat(400)}`)

    expect(logged.join('\n')).toContain(handle)
    for (const one of secretsOf(ada)) expect(logged.join('\n')).not.toContain(one)
  })
})
