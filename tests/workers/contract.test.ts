import { afterAll, describe, expect, it } from 'vitest'
import { startWorkerd } from './workerd.ts'

const workerd = await startWorkerd({
  script: 'contract',
  workers: { 'durable-object': { STORE: 'durable-object' }, d1: { STORE: 'd1' } },
})
afterAll(() => workerd.stop())

describe.each(['durable-object', 'd1'])('the store contract in a Worker, on %s', async (store) => {
  const url = workerd.url(store)
  const names: string[] = await (await fetch(url)).json()

  it('has all its tests', () => {
    expect(names.length).toBeGreaterThanOrEqual(24)
  })

  it.each(names.map((name, at) => [name, at] as const))('%s', async (_, at) => {
    const response = await fetch(`${url}/${at}`)
    expect(await response.text()).toBe('passed')
  })
})
