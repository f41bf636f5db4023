import { HTTPException } from 'hono/http-exception'
import { describe, expect, it } from 'vitest'
import type { Client } from './client.ts'
import { setting, signedIn } from './setting.ts'

type World = ReturnType<typeof setting>

async function flashed(world = setting(), value: unknown = 'hello'): Promise<[World, Client]> {
  const ada = await signedIn(world.client())
  await world.within(ada, (session) => session.flash('notice', value))
  return [world, ada]
}

const read = ({ within }: World, client: Client) =>
  within(client, (session) => session.getFlash('notice', 'none'), { method: 'GET' })

describe('a flash message (R19)', () => {
  it('is readable on the next request and gone after it', async () => {
    const [world, ada] = await flashed()

    expect(await read(world, ada)).toBe('hello')
    expect(await read(world, ada)).toBe('none')
  })

  it('can be read several times in that request', async () => {
    const [world, ada] = await flashed()

    const seen = await world.within(ada, (session) => [
      session.getFlash('notice'),
      session.peekFlash('notice'),
      session.getFlash('notice'),
    ])

    expect(seen).toEqual(['hello', 'hello', 'hello'])
  })

  it('is gone after the next request even if nothing read it', async () => {
    const [world, ada] = await flashed()

    await ada.get('/me')

    expect(await read(world, ada)).toBe('none')
  })

  it('is not readable on the request that flashes it', async () => {
    const world = setting()
    const ada = await signedIn(world.client())

    const seen = await world.within(ada, (session) => {
      session.flash('notice', 'hello')
      return session.getFlash('notice', 'none')
    })

    expect(seen).toBe('none')
  })

  it('is not part of the data: get, has and all do not return it', async () => {
    const [world, ada] = await flashed()

    const seen = await world.within(ada, (session) => [
      session.get('notice'),
      session.has('notice'),
      session.all(),
    ])

    expect(seen).toEqual([undefined, false, { userId: 'ada' }])
  })

  it('works for visitors, and starts their session', async () => {
    const world = setting()
    const visitor = world.client()
    await world.within(visitor, (session) => session.flash('notice', 'hello'))

    expect(await read(world, visitor)).toBe('hello')
    expect(await read(world, visitor)).toBe('none')
  })

  it('survives a sign-in in the same request, and regenerate()', async () => {
    const world = setting()
    const client = world.client()
    await world.within(client, (session) => {
      session.regenerate()
      session.put('userId', 'ada')
      session.flash('notice', 'signed in')
    })

    expect(await read(world, client)).toBe('signed in')
  })

  it.each([null, false, 0, '', Number.NaN, undefined])('can have the value %s', async (value) => {
    const world = setting()
    const ada = await signedIn(world.client())
    await world.within(ada, (session) => session.flash('notice', { value }))
    expect(await read(world, ada)).toEqual({ value })
    if (value === undefined) return

    await world.within(ada, (session) => session.flash('notice', value))

    expect(await read(world, ada)).toBe(value)
  })

  it('is true if it is flashed without a value', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    await world.within(ada, (session) => session.flash('notice'))

    expect(await read(world, ada)).toBe(true)
  })

  it('is replaced if the next request flashes the same name again', async () => {
    const [world, ada] = await flashed()

    const seen = await world.within(ada, (session) => {
      session.flash('notice', 'again')
      return session.getFlash('notice')
    })

    expect(seen).toBe('hello')
    expect(await read(world, ada)).toBe('again')
    expect(await read(world, ada)).toBe('none')
  })

  it('is frozen, like data', async () => {
    const [world, ada] = await flashed(setting(), { list: [1] })

    const frozen = await world.within(ada, (session) => {
      const value = session.getFlash<{ list: number[] }>('notice')
      return [Object.isFrozen(value), Object.isFrozen(value?.list)]
    })

    expect(frozen).toEqual([true, true])
  })
})

describe('a flash message stays (R19)', () => {
  it('during requests that do not use the session', async () => {
    const [world, ada] = await flashed()
    for (let i = 0; i < 3; i += 1) await ada.get('/free')

    expect(await read(world, ada)).toBe('hello')
  })

  it.each(['prefetch', 'prefetch;prerender', 'prefetch; anonymous-client-ip'])(
    'during a prefetch with Sec-Purpose: %s',
    async (purpose) => {
      const [world, ada] = await flashed()
      const headers = { 'Sec-Purpose': purpose }
      const peeked = await world.within(ada, (session) => session.getFlash('notice'), {
        method: 'GET',
        headers,
      })
      expect(peeked).toBe('hello')

      expect(await read(world, ada)).toBe('hello')
    },
  )

  it('during refused requests', async () => {
    const [world, ada] = await flashed()
    expect((await ada.send('POST', '/put')).status).toBe(403)

    expect(await read(world, ada)).toBe('hello')
  })

  it.each([301, 302, 303, 307, 308] as const)(
    'after a redirect with %i that did not read it',
    async (status) => {
      const [world, ada] = await flashed()
      await world.answer(ada, (session, c) => {
        session.get('userId')
        return c.redirect('/', status)
      })

      expect(await read(world, ada)).toBe('hello')
    },
  )

  it.each([400, 404, 500] as const)(
    'after an error page with %i that did not read it',
    async (status) => {
      const [world, ada] = await flashed()
      await world.answer(ada, (session, c) => {
        session.put('seen', status)
        return c.text('sorry', status)
      })

      expect(await read(world, ada)).toBe('hello')
    },
  )

  it.each([
    ['an HTTPException', () => new HTTPException(404, { message: 'no' })],
    ['an HTTPException of our own', () => new HTTPException(503, { message: 'no' })],
  ])('after a handler that throws without having read it: %s', async (_, make) => {
    const [world, ada] = await flashed()
    await world.answer(ada, (session) => {
      session.get('userId')
      throw make()
    })

    expect(await read(world, ada)).toBe('hello')
  })

  it('but not after a redirect that read it', async () => {
    const [world, ada] = await flashed()
    await world.answer(ada, (session, c) => {
      session.getFlash('notice')
      return c.redirect('/')
    })

    expect(await read(world, ada)).toBe('none')
  })

  it('but not after an error page that read it, even if another message stays', async () => {
    const [world, ada] = await flashed()
    await world.within(ada, (session) => {
      session.reflash()
      session.flash('other', 'too')
    })
    await world.answer(ada, (session, c) => {
      session.getFlash('notice')
      return c.text('sorry', 404)
    })

    const seen = await world.within(ada, (session) => [
      session.getFlash('notice'),
      session.getFlash('other'),
    ])
    expect(seen).toEqual([undefined, 'too'])
  })

  it('through a chain of redirects', async () => {
    const [world, ada] = await flashed()
    for (let i = 0; i < 3; i += 1) {
      await world.answer(ada, (session, c) => {
        session.id()
        return c.redirect('/next')
      })
    }

    expect(await read(world, ada)).toBe('hello')
  })
})
