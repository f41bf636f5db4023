import { expect, it } from 'vitest'
import { Processes } from '../interleavings/gates.ts'

it('A sign-in that commits at once moves the data that a parallel first request has stored (R11, R26)', async () => {
  const world = new Processes()
  const visitor = await world.visitor()
  const first = visitor.copy()
  const signingIn = await world.held(visitor, async (session, hold) => {
    session.signIn('ada')
    await hold()
    return session.claim('welcomed')
  })
  await world.ask(first, (session) => session.put('color', 'red'), { process: 1 })
  const answer = await signingIn.release()

  expect(answer).toMatchObject({ status: 200, value: true })
  expect(visitor.cookie('session').split('.')[1]).not.toBe(first.cookie('session').split('.')[1])
  expect((await world.read(visitor)).value).toEqual({ userId: 'ada', welcomed: true, color: 'red' })
  const [session, ...others] = await world.live()
  expect(others).toEqual([])
  expect(session?.owner).toBeDefined()
  // The id from before the sign-in cannot read this.
  expect((await world.read(first)).value).toEqual({ color: 'red' })
})
