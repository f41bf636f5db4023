import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { expect, it, onTestFinished } from 'vitest'
import { mustRun } from '../guide/processes.ts'
import { node } from '../runtimes/binaries.ts'

const keys = fileURLToPath(new URL('../../packages/orbit/src/keys.ts', import.meta.url))

/** The process has drawn random bytes before the snapshot, and draws again in each copy. */
const entry = `
  import { startupSnapshot } from 'node:v8'
  import { randomText } from ${JSON.stringify(keys)}

  randomText(32)
  startupSnapshot.setDeserializeMainFunction(() => console.log(randomText(32)))
`

/**
 * A snapshot by Node itself stands for snapshots of virtual machines, which need a hypervisor. Both copy the
 * memory.
 */
it('copies of a process draw different random bytes', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gravito-snapshot-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'entry.mjs'), entry)
  // The snapshot builder accepts only one file.
  const build = await rolldown({ input: join(folder, 'entry.mjs'), platform: 'node' })
  await build.write({ file: join(folder, 'app.cjs'), format: 'cjs' })
  await build.close()
  const blob = join(folder, 'app.blob')
  await mustRun(node(24), ['--snapshot-blob', blob, '--build-snapshot', 'app.cjs'], folder)

  const copy = async () => (await mustRun(node(24), ['--snapshot-blob', blob], folder)).trim()
  const texts = await Promise.all([copy(), copy(), copy()])

  for (const text of texts) expect(text).toMatch(/^[\w-]{43}$/)
  expect(new Set(texts).size).toBe(3)
})
