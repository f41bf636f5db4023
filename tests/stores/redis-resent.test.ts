import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { redisStore } from '../../packages/orbit/src/stores/redis.ts'
import { aProxy } from '../faults/proxy.ts'
import { aServer } from '../faults/setting.ts'
import { aSession, newRecord } from './redis-setting.ts'

/** This client resends commands that got no response, without reporting it. */
it('a write that ioredis sends again, because its response was lost, is done once', async () => {
  const server = await aServer()
  const proxy = await aProxy(server.port)
  const client = new Redis(proxy.url)
  onTestFinished(() => client.disconnect())
  const store = redisStore({ client })
  const { key, record } = await aSession(store)
  const next = newRecord()

  proxy.loseAnswer(1)
  expect(await store.compareAndSet(key, record.version, next)).toBe(true)

  expect(proxy.commands()).toEqual(['EVALSHA'])
  expect(await store.load(key)).toEqual(next)
  expect(await store.compareAndSet(key, record.version, newRecord())).toBe(false)
})
