import { describe, expect, it } from 'vitest'
import { standStill } from '../stand-still.fixture.ts'
import { Patience } from './patience.ts'

describe('the patience of a commit', () => {
  it('ends after its limit with a 503', async () => {
    const patience = new Patience(30)
    const pauses = async () => {
      for (;;) await patience.pause()
    }
    await expect(pauses()).rejects.toMatchObject({ code: 'session-busy', status: 503 })
  })

  it('tries once more where the process stood still past the limit', async () => {
    const patience = new Patience(10)
    standStill(20)

    await expect(patience.pause()).resolves.toBeUndefined()
    await expect(patience.pause()).rejects.toMatchObject({ code: 'session-busy' })
  })
})
