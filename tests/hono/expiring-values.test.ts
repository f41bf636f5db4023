import { describe, expect, it } from 'vitest'
import { setting, signedIn } from './setting.ts'

async function withCode(seconds = 600) {
  const world = setting()
  const ada = await signedIn(world.client())
  await world.answer(ada, (session) => {
    session.put('code', '123456', { expiresInSeconds: seconds })
    session.put('theme', 'dark')
  })
  const all = async () => (await ada.get('/all')).json()
  return { world, ada, all }
}

describe('a value with its own lifetime', () => {
  it('is readable until it expires, and is then absent like a forgotten value', async () => {
    const { world, ada, all } = await withCode()
    world.clock.pass(599)
    expect(await all()).toMatchObject({ code: '123456' })
    world.clock.pass(1)
    expect(await all()).toEqual({ userId: 'ada', theme: 'dark' })
    const seen = await world.within(ada, async (session) => [
      session.has('code'),
      session.get('code', 'none'),
      await session.take('code'),
      await session.claim('code', 'new'),
      session.get('code'),
    ])
    expect(seen).toEqual([false, 'none', undefined, true, 'new'])
  })

  it('is removed from the store by the next write', async () => {
    const { world, ada } = await withCode()
    world.clock.pass(600)
    await world.answer(ada, (session) => session.put('theme', 'light'))
    expect(JSON.stringify(world.store.live())).not.toContain('123456')
  })

  it('is kept as long as the session if it is put again without a lifetime', async () => {
    const { world, ada, all } = await withCode()
    await world.answer(ada, (session) => session.put('code', '654321'))
    world.clock.pass(700)
    expect(await all()).toMatchObject({ code: '654321' })
  })

  it('keeps its lifetime when the value or the id changes, and for values that are not JSON', async () => {
    const { world, ada, all } = await withCode()
    await world.answer(ada, (session) => session.update('code', (code) => `${code}!`))
    await world.answer(ada, (session) => session.put('seen', new Date(0)))
    await world.answer(ada, (session) => session.regenerate())
    world.clock.pass(300)
    expect(await all()).toMatchObject({ code: '123456!' })
    world.clock.pass(300)
    expect(await all()).not.toHaveProperty('code')
  })

  it('gets a new lifetime with each put, also in atomically()', async () => {
    const { world, ada, all } = await withCode()
    world.clock.pass(500)
    await world.answer(ada, (session) =>
      session.atomically((data) => data.put('code', 'again', { expiresInSeconds: 600 })),
    )
    world.clock.pass(500)
    expect(await all()).toMatchObject({ code: 'again' })
  })

  it('is not restored by a request that was in flight when it expired', async () => {
    const { world, ada, all } = await withCode()
    await world.answer(ada, async (session) => {
      session.get('code')
      world.clock.pass(700)
      await ada.copy().post('/work-nowhere')
      session.put('theme', 'light')
    })
    expect(await all()).not.toHaveProperty('code')
  })

  it.each([[0], [-1], [Number.NaN], [Number.MAX_VALUE], ['60']])(
    'is refused with a lifetime of %s seconds',
    async (seconds) => {
      const world = setting()
      const put = world.within(world.client(), (session) =>
        session.put('code', 1, { expiresInSeconds: seconds as number }),
      )
      await expect(put).rejects.toMatchObject({ code: 'session-bad-value' })
    },
  )

  it('cannot be the owner', async () => {
    const world = setting()
    const put = world.within(world.client(), (session) =>
      session.put('userId', 'ada', { expiresInSeconds: 60 }),
    )
    await expect(put).rejects.toThrow(/absoluteTimeoutSeconds/)
    const all = world.within(world.client(), (session) =>
      Reflect.apply(session.put, session, [{ userId: 'ada' }, undefined, { expiresInSeconds: 60 }]),
    )
    await expect(all).rejects.toThrow(/absoluteTimeoutSeconds/)
  })
})
