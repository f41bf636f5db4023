import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { describeSessionStore } from '../../packages/orbit/src/testing/index.ts'
import { database } from './example-database.ts'
import { exampleStore } from './example-store.ts'

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
