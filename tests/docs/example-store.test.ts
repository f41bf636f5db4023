import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeSessionStore } from '../../packages/orbit/src/testing/index.ts'
import { jsonStore } from './example-store.ts'

describeSessionStore(
  'the example of the docs',
  async ({ now }) => {
    const folder = await mkdtemp(join(tmpdir(), 'example-store-'))
    const path = join(folder, 'sessions.json')
    return {
      stores: [jsonStore(path, now), jsonStore(path, now)],
      async spoil(key) {
        const text = await readFile(path, { encoding: 'utf8', flag: 'a+' })
        await writeFile(path, JSON.stringify([...JSON.parse(text || '[]'), [key, 'damaged']]))
      },
      close: () => rm(folder, { recursive: true }),
    }
  },
  { describe, it },
)

describe('the example store of docs/stores.md', () => {
  const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8')

  it('is exactly the code that this file tests', async () => {
    const code = await read('example-store.ts')
    expect(await read('../../docs/stores.md')).toContain(`\n\`\`\`ts\n${code}\`\`\`\n`)
  })

  it('has fewer than 40 lines', async () => {
    expect((await read('example-store.ts')).trimEnd().split('\n').length).toBeLessThan(40)
  })
})
