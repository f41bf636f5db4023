import { expect, it } from 'vitest'
import { memoryStore } from '../stores/memory.ts'
import { chaotic, type Fault } from './chaos.ts'

it('a fault that is asked for later happens as well', async () => {
  const store = chaotic(memoryStore(), async (verb): Promise<Fault> => {
    await Promise.resolve()
    return verb === 'load' ? 'fail' : 'none'
  })

  await expect(store.load('key')).rejects.toThrow('load failed, as asked for')
})

it('a fault that cannot be told fails the call', async () => {
  const store = chaotic(memoryStore(), () => Promise.reject(new Error('no plan')))

  await expect(store.load('key')).rejects.toThrow('no plan')
})
