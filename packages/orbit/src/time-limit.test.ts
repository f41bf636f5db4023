import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { standStill } from './stand-still.fixture.ts'
import { withinTime } from './time-limit.ts'

const late = () => new RangeError('too late')
const never = new Promise<never>(() => {})

describe('a time limit', () => {
  it('fails when the time is over, and not before', async () => {
    const began = performance.now()
    await expect(withinTime(100, never, late)).rejects.toThrow(RangeError)
    expect(performance.now() - began).toBeGreaterThan(95)
  })

  it('returns a result or failure that comes in time, and then creates no error', async () => {
    const unasked = () => expect.fail('nothing was late')
    expect(await withinTime(20, Promise.resolve('done'), unasked)).toBe('done')
    const failing = withinTime(20, Promise.reject(new TypeError('broken')), unasked)
    await expect(failing).rejects.toThrow(TypeError)
    await expect(withinTime(40, never, late)).rejects.toThrow(RangeError)
  })

  it('does not fail because the process was blocked', async () => {
    const work = withinTime(500, readFile(new URL(import.meta.url), 'utf8'), late)
    standStill(600)
    expect(await work).toContain('stood still')
  })

  it('fails in the end if the process is blocked again and again', async () => {
    const work = withinTime(50, never, late)
    const busy = setInterval(standStill, 0, 20)
    await expect(work.finally(() => clearInterval(busy))).rejects.toThrow(RangeError)
  })
})
