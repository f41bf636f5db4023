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
  it('is there on the next request and gone after it', async () => {
    const [world, ada] = await flashed()

    expect(await read(world, ada)).toBe('hello')
    expect(await read(world, ada)).toBe('none')
  })

  it('is there as often as that request reads it', async () => {
    const [world, ada] = await flashed()

    const seen = await world.within(ada, (session) => [
      session.getFlash('notice'),
      session.peekFlash('notice'),
      session.getFlash('notice'),
    ])

    expect(seen).toEqual(['hello', 'hello', 'hello'])
  })

  it('is gone after the next request even where nobody read it', async () => {
    const [world, ada] = await flashed()

    await ada.get('/me')

    expect(await read(world, ada)).toBe('none')
  })

  it('is not there on the request that flashes it', async () => {
    const world = setting()
    const ada = await signedIn(world.client())

    const seen = await world.within(ada, (session) => {
      session.flash('notice', 'hello')
      return session.getFlash('notice', 'none')
    })

    expect(seen).toBe('none')
  })

  it('is no data: get, has and all do not know it', async () => {
    const [world, ada] = await flashed()

    const seen = await world.within(ada, (session) => [
      session.get('notice'),
      session.has('notice'),
      session.all(),
    ])

    expect(seen).toEqual([undefined, false, { userId: 'ada' }])
  })

  it('goes to visitors too, who get a session by it', async () => {
    const world = setting()
    const visitor = world.client()
    await world.within(visitor, (session) => session.flash('notice', 'hello'))

    expect(await read(world, visitor)).toBe('hello')
    expect(await read(world, visitor)).toBe('none')
  })

  it('goes along with a sign-in that happens in the same request, and with regenerate()', async () => {
    const world = setting()
    const client = world.client()
    await world.within(client, (session) => {
      session.regenerate()
      session.put('userId', 'ada')
      session.flash('notice', 'signed in')
    })

    expect(await read(world, client)).toBe('signed in')
  })

  it.each([null, false, 0, '', Number.NaN, undefined])('may be %s', async (value) => {
    const world = setting()
    const ada = await signedIn(world.client())
    await world.within(ada, (session) => session.flash('notice', { value }))
    expect(await read(world, ada)).toEqual({ value })
    if (value === undefined) return

    await world.within(ada, (session) => session.flash('notice', value))

    expect(await read(world, ada)).toBe(value)
  })

  it('is true where only its name is given', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    await world.within(ada, (session) => session.flash('notice'))

    expect(await read(world, ada)).toBe(true)
  })

  it('is the new one where the next request flashes it again', async () => {
    const [world, ada] = await flashed()

    const seen = await world.within(ada, (session) => {
      session.flash('notice', 'again')
      return session.getFlash('notice')
    })

    expect(seen).toBe('hello')
    expect(await read(world, ada)).toBe('again')
    expect(await read(world, ada)).toBe('none')
  })

  it('comes frozen, as data does', async () => {
    const [world, ada] = await flashed(setting(), { list: [1] })

    const frozen = await world.within(ada, (session) => {
      const value = session.getFlash<{ list: number[] }>('notice')
      return [Object.isFrozen(value), Object.isFrozen(value?.list)]
    })

    expect(frozen).toEqual([true, true])
  })
})

describe('a flash message waits (R19)', () => {
  it('for requests that do not use the session', async () => {
    const [world, ada] = await flashed()
    for (let i = 0; i < 3; i += 1) await ada.get('/free')

    expect(await read(world, ada)).toBe('hello')
  })

  it.each(['prefetch', 'prefetch;prerender', 'prefetch; anonymous-client-ip'])(
    'for what the browser only fetches in advance: Sec-Purpose: %s',
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

  it('for refused requests', async () => {
    const [world, ada] = await flashed()
    expect((await ada.send('POST', '/put')).status).toBe(403)

    expect(await read(world, ada)).toBe('hello')
  })

  it.each([301, 302, 303, 307, 308] as const)(
    'for a redirect with %i that did not read it',
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
    'for an error page with %i that did not read it',
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
    ['an HTTPException of ours', () => new HTTPException(503, { message: 'no' })],
  ])('for a handler that throws without having read it: %s', async (_, make) => {
    const [world, ada] = await flashed()
    await world.answer(ada, (session) => {
      session.get('userId')
      throw make()
    })

    expect(await read(world, ada)).toBe('hello')
  })

  it('for no redirect that read it', async () => {
    const [world, ada] = await flashed()
    await world.answer(ada, (session, c) => {
      session.getFlash('notice')
      return c.redirect('/')
    })

    expect(await read(world, ada)).toBe('none')
  })

  it('for no error page that read it, where another message still waits', async () => {
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
