import { readFile } from 'node:fs/promises'
import type { SessionRecord } from '@gravito/orbit'
import { describe, expect, it } from 'vitest'
import { describeSessionStore } from '../../packages/orbit/src/testing/index.ts'
import { exampleStore, type Table, type Transaction } from './example-store.ts'

/** A database that keeps texts, hands out copies, and makes everybody wait for a turn. */
function database(): Transaction {
  const rows = new Map<string, string>()
  const read = (text: string): SessionRecord => JSON.parse(text)
  const table: Table = {
    get: (key) => {
      const text = rows.get(key)
      return text === undefined ? undefined : read(text)
    },
    set: (key, record) => void rows.set(key, JSON.stringify(record)),
    delete: (key) => void rows.delete(key),
    ownedBy: (owner) =>
      [...rows]
        .map(([key, text]) => ({ key, record: read(text) }))
        .filter(({ record }) => record.owner === owner),
  }
  return async (work) => {
    await new Promise((resolve) => setImmediate(resolve))
    return work(table)
  }
}

describeSessionStore(
  'the example of the docs',
  ({ now }) => {
    const transact = database()
    return { stores: [exampleStore(transact, now), exampleStore(transact, now)], close() {} }
  },
  { describe, it },
)

describe('the example store of docs/stores.md', () => {
  const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8')

  it('is printed there as it is tested here', async () => {
    const code = await read('example-store.ts')
    expect(await read('../../docs/stores.md')).toContain(`\n\`\`\`ts\n${code}\`\`\`\n`)
  })

  it('has fewer than 60 lines', async () => {
    expect((await read('example-store.ts')).trimEnd().split('\n').length).toBeLessThan(60)
  })
})
