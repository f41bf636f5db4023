import { stream } from 'hono/streaming'
import { expect, it } from 'vitest'
import { faultySetting } from './faulty-store.ts'
import { signedIn } from './setting.ts'

it('A stream is cancelled if an error replaces its response, so that its writer stops (R6)', async () => {
  const world = faultySetting()
  const ada = await signedIn(world.client())
  world.fault.down = true
  const cancelled: number[] = []

  for (let index = 0; index < 20; index += 1) {
    const response = await world.answer(ada, (session) => {
      session.put('a', index)
      return new Response(
        new ReadableStream({
          cancel: () => void cancelled.push(index),
        }),
      )
    })
    expect(response.status).toBe(503)
  }

  expect(cancelled).toHaveLength(20)
})

it("A stream of Hono's stream() is aborted if an error replaces its response", async () => {
  const world = faultySetting()
  const ada = await signedIn(world.client())
  world.fault.down = true
  let aborted = () => {}
  const abort = new Promise<void>((resolve) => {
    aborted = resolve
  })

  await world.answer(ada, (session, c) => {
    session.put('a', 1)
    return stream(c, async (out) => {
      out.onAbort(aborted)
      await abort
    })
  })

  await abort
})
