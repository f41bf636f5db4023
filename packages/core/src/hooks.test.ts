import { describe, expect, test } from 'vitest'
import { Hooks } from './hooks.ts'
import { recordingLogger } from './logger.fixture.ts'

describe('hooks', () => {
  test('call every listener in order until you remove it', () => {
    const hooks = new Hooks(recordingLogger())
    const heard: unknown[] = []
    const off = hooks.on('paid', (payload) => heard.push(['first', payload]))
    hooks.on('paid', (payload) => heard.push(['second', payload]))
    hooks.emit('paid', 1)
    off()
    off()
    hooks.emit('paid', 2)
    hooks.emit('nobody listens', 3)
    expect(heard).toEqual([
      ['first', 1],
      ['second', 1],
      ['second', 2],
    ])
  })

  test('one function registered twice is called twice, and removed one by one', () => {
    const hooks = new Hooks(recordingLogger())
    let calls = 0
    const listener = () => {
      calls++
    }
    const off = hooks.on('paid', listener)
    hooks.on('paid', listener)
    hooks.emit('paid', undefined)
    off()
    hooks.emit('paid', undefined)
    expect(calls).toBe(3)
  })

  test('a listener that throws or rejects is logged, and the others run', async () => {
    const logger = recordingLogger()
    const hooks = new Hooks(logger)
    const heard: unknown[] = []
    hooks.on('paid', () => {
      throw new Error('thrown')
    })
    hooks.on('paid', () => Promise.reject(new Error('rejected')))
    hooks.on('paid', (payload) => heard.push(payload))
    hooks.emit('paid', 1)
    await Promise.resolve()
    expect(heard).toEqual([1])
    expect(logger.lines).toEqual([
      'error: A listener of "paid" failed: thrown',
      'error: A listener of "paid" failed: rejected',
    ])
  })

  test('a listener may remove itself while its event is emitted', () => {
    const hooks = new Hooks(recordingLogger())
    const heard: string[] = []
    const off = hooks.on('paid', () => {
      heard.push('once')
      off()
    })
    hooks.on('paid', () => heard.push('always'))
    hooks.emit('paid', undefined)
    hooks.emit('paid', undefined)
    expect(heard).toEqual(['once', 'always', 'always'])
  })
})
