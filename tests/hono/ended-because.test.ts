import { describe, expect, it } from 'vitest'
import { setting, signedIn } from './setting.ts'

const because = (world: ReturnType<typeof setting>, client: Awaited<ReturnType<typeof signedIn>>) =>
  world.within(client, (session) => session.endedBecause, { method: 'GET' })

describe('the reason why a session has ended', () => {
  it('is undefined for an active session, for a visitor, and after a sign-out in the same browser', async () => {
    const world = setting()
    const ada = await signedIn(world.client())
    expect(await because(world, ada)).toBeUndefined()
    expect(await because(world, world.client())).toBeUndefined()
    await ada.post('/logout')
    expect(await because(world, ada)).toBeUndefined()
  })

  it('is "ended" during the grace period if another request ended it, then "expired"', async () => {
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

  it('is "moved" for an old id after the grace period', async () => {
    const world = setting({ regenerateGraceSeconds: 0 })
    const ada = await signedIn(world.client())
    const old = ada.copy()
    await world.answer(ada, (session) => session.regenerate())
    expect(await because(world, old)).toBe('moved')
    expect(await because(world, ada)).toBeUndefined()
  })

  it('is "ended" for a request in flight', async () => {
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
