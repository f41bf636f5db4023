import { describe, expect, it } from 'vitest'
import { setting, signedIn } from './setting.ts'

const because = (world: ReturnType<typeof setting>, client: Awaited<ReturnType<typeof signedIn>>) =>
  world.within(client, (session) => session.endedBecause, { method: 'GET' })

describe('why a session has ended', () => {
  it('is nothing to say of a session that lives, of a visitor, and of one after an own sign-out', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    expect(await because(world, ada)).toBeUndefined()
    expect(await because(world, world.client())).toBeUndefined()
    await ada.post('/logout')
    expect(await because(world, ada)).toBeUndefined()
  })

  it('is "ended" for the grace where somebody else has ended it, then "expired"', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    await world.middleware.sessions.of('ada').endAll()
    expect(await because(world, ada)).toBe('ended')
    world.clock.pass(11)
    expect(await because(world, ada)).toBe('expired')
  })

  it('is "expired" after a timeout', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    world.clock.pass(3_600)
    expect(await because(world, ada)).toBe('expired')
  })

  it('is "moved" for an old id that may not read any more', async () => {
    const world = setting({ regenerateGraceSeconds: 0 })
    const ada = await signedIn(world.client())
    const old = ada.copy()
    await world.answer(ada, (session) => session.regenerate())
    expect(await because(world, old)).toBe('moved')
    expect(await because(world, ada)).toBeUndefined()
  })

  it('is "ended" in a request that was under way', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    const reason = await world.within(ada, async (session) => {
      session.put('x', 1)
      await world.middleware.sessions.of('ada').endAll()
      await session.save()
      return session.endedBecause
    })
    expect(reason).toBe('ended')
  })
})
