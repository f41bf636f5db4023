import { expect, it } from 'vitest'
import { memoryStore } from '../stores/memory.ts'
import { chaotic, type Fault } from './chaos.ts'

it('a fault may come from a promise', async () => {
  const store = chaotic(memoryStore(), async (verb): Promise<Fault> => {
    await Promise.resolve()
    return verb === 'load' ? 'fail' : 'none'
  })

  await expect(store.load('key')).rejects.toThrow('load failed, as requested')
})

it('a call fails if its fault cannot be determined', async () => {
  const store = chaotic(memoryStore(), () => Promise.reject(new Error('no plan')))

  await expect(store.load('key')).rejects.toThrow('no plan')
})
