import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { standStill } from '../stand-still.fixture.ts'
import { Queue } from './queue.ts'

function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

const turns = () => new Promise((resolve) => setImmediate(resolve))

describe('a queue of commits', () => {
  it('runs the jobs of one key one after the other, in their order', async () => {
    const queue = new Queue(1000)
    const log: string[] = []
    const gates = [gate(), gate(), gate()]
    const jobs = gates.map(({ opened }, i) =>
      queue.run('key', async () => {
        log.push(`begin ${i}`)
        await opened
        log.push(`end ${i}`)
      }),
    )
    for (const { open } of [...gates].reverse()) open()
    await Promise.all(jobs)

    expect(log).toEqual(['begin 0', 'end 0', 'begin 1', 'end 1', 'begin 2', 'end 2'])
  })

  it('does not make one key wait for another', async () => {
    const queue = new Queue(1000)
    const slow = gate()
    const first = queue.run('a', () => slow.opened)

    expect(await queue.run('b', async () => 'done')).toBe('done')
    slow.open()
    await first
  })

  it('returns the result or the failure of its own job, and continues after a failure', async () => {
    const queue = new Queue(1000)
    const failing = queue.run('key', () => Promise.reject(new RangeError('no')))
    const next = queue.run('key', async () => 'next')

    await expect(failing).rejects.toThrow(RangeError)
    expect(await next).toBe('next')
  })

  it('stops waiting in time with a 503, without running the job, and keeps the order', async () => {
    const queue = new Queue(20)
    const slow = gate()
    const log: string[] = []
    const first = queue.run('key', async () => {
      await slow.opened
      log.push('first')
    })
    const late = queue.run('key', async () => void log.push('late'))

    await expect(late).rejects.toMatchObject({ code: 'session-busy', status: 503 })
    const third = queue.run('key', async () => void log.push('third'))
    await turns()
    expect(log).toEqual([])
    slow.open()
    await Promise.all([first, third])
    expect(log).toEqual(['first', 'third'])
  })

  it('does not count the time in which the process was blocked', async () => {
    const queue = new Queue(500)
    const first = queue.run('key', () => readFile(new URL(import.meta.url)))
    const second = queue.run('key', async () => 'second')
    standStill(600)

    await first
    expect(await second).toBe('second')
  })
})
