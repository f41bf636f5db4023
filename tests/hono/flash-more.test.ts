import type { Session } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import type { Client } from './client.ts'
import { setting, signedIn } from './setting.ts'

type World = ReturnType<typeof setting>

async function flashed(
  messages: Record<string, unknown>,
  world = setting(),
): Promise<[World, Client]> {
  const ada = await signedIn(world.client())
  await world.within(ada, (session) => {
    for (const [key, value] of Object.entries(messages)) session.flash(key, value)
  })
  return [world, ada]
}

const read = ({ within }: World, client: Client, ...keys: string[]) =>
  within(client, (session) => keys.map((key) => session.getFlash(key)), { method: 'GET' })

describe('now() (R19)', () => {
  it('sets a message for this request only, and writes nothing', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    world.store.taken()

    const seen = await world.within(ada, (session) => {
      session.now('notice', 'hello')
      session.now('flag')
      return [session.getFlash('notice'), session.peekFlash('notice'), session.getFlash('flag')]
    })

    expect(seen).toEqual(['hello', 'hello', true])
    expect(world.store.taken()).toEqual(['load'])
    expect(await read(world, ada, 'notice')).toEqual([undefined])
  })

  it('hides a message of the same name from the request before', async () => {
    const [world, ada] = await flashed({ notice: 'old' })

    const seen = await world.within(ada, (session) => {
      session.now('notice', 'new')
      return session.getFlash('notice')
    })

    expect(seen).toBe('new')
  })

  it.each([null, false, 0, ''])('accepts %s', async (value) => {
    const world = setting()
    const ada = await signedIn(world.client())

    const seen = await world.within(ada, (session) => {
      session.now('notice', value)
      return session.getFlash('notice', 'fallback')
    })

    expect(seen).toBe(value)
  })

  it('refuses the same values as flash()', async () => {
    const world = setting()
    const ada = await signedIn(world.client())

    await world.within(ada, (session) => {
      expect(() => session.now('notice', () => {})).toThrow(/"notice"/)
      expect(() => session.flash('notice', Symbol('x'))).toThrow(/"notice"/)
    })
  })
})

describe('keep() and reflash() (R19)', () => {
  it('keep() keeps the named messages for one more request only', async () => {
    const [world, ada] = await flashed({ a: 1, b: 2, c: 3 })
    await world.within(ada, (session) => session.keep('a', 'b', 'absent'))

    expect(await read(world, ada, 'a', 'b', 'c', 'absent')).toEqual([1, 2, undefined, undefined])
    expect(await read(world, ada, 'a', 'b')).toEqual([undefined, undefined])
  })

  it.each<[string, (session: Session) => void]>([
    ['keep()', (session) => session.keep()],
    ['reflash()', (session) => session.reflash()],
  ])('%s keeps all messages, before and after another use of the session', async (_, keepAll) => {
    for (const uses of [
      [keepAll, (session: Session) => session.get('other')],
      [(session: Session) => session.put('other', 1), keepAll],
    ]) {
      const [world, ada] = await flashed({ a: 1, b: null })
      const page = (session: Session) => {
        for (const use of uses) use(session)
      }
      await world.within(ada, page, { method: 'GET' })

      expect(await read(world, ada, 'a', 'b')).toEqual([1, null])
    }
  })

  it('keep() accepts a list, and keeps nothing for an empty list', async () => {
    const [world, ada] = await flashed({ a: 1, b: 2, c: 3 })
    await world.within(ada, (session) => session.keep(['a', 'b']))

    expect(await read(world, ada, 'a', 'b', 'c')).toEqual([1, 2, undefined])
    await world.within(ada, (session) => session.flash('a', 1))
    await world.within(ada, (session) => session.keep([]))
    expect(await read(world, ada, 'a')).toEqual([undefined])
  })

  it('reflash() keeps all messages', async () => {
    const [world, ada] = await flashed({ a: 1, b: null })
    await world.within(ada, (session) => session.reflash())

    expect(await read(world, ada, 'a', 'b')).toEqual([1, null])
    expect(await read(world, ada, 'a', 'b')).toEqual([undefined, undefined])
  })

  it.each(['keep', 'reflash'] as const)('%s() keeps a message of now()', async (how) => {
    const world = setting()
    const ada = await signedIn(world.client())
    await world.within(ada, (session) => {
      session.now('notice', 'hello')
      if (how === 'keep') session.keep('notice')
      else session.reflash()
    })

    expect(await read(world, ada, 'notice')).toEqual(['hello'])
  })

  it('keep() works before and after the message was read', async () => {
    const [world, ada] = await flashed({ a: 1, b: 2 })
    await world.within(ada, (session) => {
      session.getFlash('a')
      session.keep('a', 'b')
      session.getFlash('b')
    })

    expect(await read(world, ada, 'a', 'b')).toEqual([1, 2])
  })

  it('reflash() keeps the new message if the request had flashed the same name', async () => {
    const [world, ada] = await flashed({ a: 'old' })
    await world.within(ada, (session) => {
      session.reflash()
      session.flash('a', 'new')
    })

    expect(await read(world, ada, 'a')).toEqual(['new'])
  })
})

describe('clear() and invalidate() of messages', () => {
  it('clear() removes new and old messages', async () => {
    const [world, ada] = await flashed({ a: 1 })
    const seen = await world.within(ada, (session) => {
      session.put('keep', 1)
      session.flash('b', 2)
      session.clear()
      return session.getFlash('a')
    })

    expect(seen).toBeUndefined()
    expect(await read(world, ada, 'a', 'b')).toEqual([undefined, undefined])
  })

  it('reflash() keeps nothing after clear()', async () => {
    const [world, ada] = await flashed({ a: 1 })
    await world.within(ada, (session) => {
      session.clear()
      session.reflash()
    })

    expect(await read(world, ada, 'a')).toEqual([undefined])
  })

  it('invalidate() removes old messages and those of now()', async () => {
    const [world, ada] = await flashed({ a: 1 })

    const seen = await world.within(ada, (session) => {
      session.now('b', 2)
      session.invalidate()
      session.reflash()
      return [session.getFlash('a'), session.getFlash('b')]
    })

    expect(seen).toEqual([undefined, undefined])
    expect(await read(world, ada, 'a', 'b')).toEqual([undefined, undefined])
  })
})

describe("flash.lifetime: 'until-read' (R19)", () => {
  const untilRead = () => setting({ flash: { lifetime: 'until-read' } })

  it('keeps a message until getFlash() reads it', async () => {
    const [world, ada] = await flashed({ notice: 'hello' }, untilRead())
    for (let i = 0; i < 5; i += 1) await ada.get('/me')

    expect(await read(world, ada, 'notice')).toEqual(['hello'])
    expect(await read(world, ada, 'notice')).toEqual([undefined])
  })

  it('does not count peekFlash() as reading', async () => {
    const [world, ada] = await flashed({ notice: 'hello' }, untilRead())

    expect(await world.within(ada, (session) => session.peekFlash('notice'))).toBe('hello')
    expect(await read(world, ada, 'notice')).toEqual(['hello'])
  })

  it('removes only the messages that were read', async () => {
    const [world, ada] = await flashed({ a: 1, b: 2 }, untilRead())
    await read(world, ada, 'a')

    expect(await read(world, ada, 'a', 'b')).toEqual([undefined, 2])
  })

  it('writes nothing for requests that read no message', async () => {
    const [world, ada] = await flashed({ a: 1 }, untilRead())
    world.store.taken()
    await ada.get('/me')

    expect(world.store.taken()).toEqual(['load'])
  })

  it('keeps a message that a prefetch has read', async () => {
    const [world, ada] = await flashed({ a: 1 }, untilRead())
    const headers = { 'Sec-Purpose': 'prefetch' }
    await world.within(ada, (session) => session.getFlash('a'), { method: 'GET', headers })

    expect(await read(world, ada, 'a')).toEqual([1])
  })
})
