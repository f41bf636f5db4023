import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Turns } from './turns.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('turns', () => {
  it('runs the work of one key one after the other, and that of another key at once', async () => {
    const turns = new Turns()
    const log: string[] = []
    const work = (key: string, name: string) =>
      turns.run(key, async () => {
        log.push(`${name} begins`)
        await new Promise((resolve) => setTimeout(resolve, 100))
        log.push(`${name} ends`)
        return name
      })
    const all = [work('a', '1'), work('a', '2'), work('a', '3'), work('b', '4')]
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await Promise.all(all)).toEqual(['1', '2', '3', '4'])
    expect(log.filter((line) => !line.startsWith('4'))).toEqual(
      ['1', '2', '3'].flatMap((name) => [`${name} begins`, `${name} ends`]),
    )
    expect(log.indexOf('4 begins')).toBe(1)
  })

  it('skips work that never ends, because its client has disconnected', async () => {
    const turns = new Turns()
    turns.run('a', () => new Promise(() => {}))
    turns.run('a', () => new Promise(() => {}))
    const last = turns.run('a', async () => 'done')
    await vi.advanceTimersByTimeAsync(600)
    expect(await last).toBe('done')
    expect(await turns.run('a', async () => 'next')).toBe('next')
  })

  it('continues after work that fails, and passes its error on', async () => {
    const turns = new Turns()
    const failing = turns.run('a', () => Promise.reject(new Error('as the test asks')))
    const next = turns.run('a', async () => 'done')
    await expect(failing).rejects.toThrow('as the test asks')
    await vi.advanceTimersByTimeAsync(50)
    expect(await next).toBe('done')
  })

  it('does not wait if the work is done at once', () => {
    const turns = new Turns()
    expect(turns.run<number>('a', () => 1)).toBe(1)
    expect(turns.run<number>('a', () => 2)).toBe(2)
  })

  it('keeps nothing of work that has ended', async () => {
    const turns = new Turns()
    await turns.run('a', async () => {})
    // If a queue were left over, this would wait.
    expect(turns.run<number>('a', () => 2)).toBe(2)
  })
})
