import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { itKeepsTheGuidesPromises } from '../guide/scenario.ts'
import { startWorkerd, type Workerd } from './workerd.ts'

const APP_KEY = 'a secret of the tests, long enough for all'
let workerd: Workerd

beforeAll(async () => {
  workerd = await startWorkerd({
    script: 'app',
    workers: {
      'durable-object': { STORE: 'durable-object', APP_KEY },
      d1: { STORE: 'd1', APP_KEY },
    },
  })
}, 60_000)
afterAll(() => workerd?.stop())

describe.each(['durable-object', 'd1'])('session() in a Worker, on %s', (name) => {
  const url = () => workerd.url(name)

  itKeepsTheGuidesPromises(() => ({ ...workerd, url: url(), stop: async () => null }), 'session')

  it.each(['d1', 'durable-object'])(
    'refuses Workers KV for the %s store, and says why',
    async (factory) => {
      const message = await (await fetch(`${url()}/kv/${factory}`)).text()
      expect(message).toMatch(
        /^SessionConfigError: .* is a Workers KV namespace, which cannot keep/,
      )
      expect(message).toContain('no conditional write')
    },
  )
})
