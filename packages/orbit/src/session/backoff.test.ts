import { describe, expect, it } from 'vitest'
import { standStill } from '../stand-still.fixture.ts'
import { Backoff } from './backoff.ts'

describe('the pauses of a commit', () => {
  it('end with a 503 after the limit', async () => {
    const backoff = new Backoff(30)
    const pauses = async () => {
      for (;;) await backoff.pause()
    }
    await expect(pauses()).rejects.toMatchObject({ code: 'session-busy', status: 503 })
  })

  it('allow one more attempt if the process was blocked past the limit', async () => {
    const backoff = new Backoff(10)
    standStill(20)

    await expect(backoff.pause()).resolves.toBeUndefined()
    await expect(backoff.pause()).rejects.toMatchObject({ code: 'session-busy' })
  })
})
