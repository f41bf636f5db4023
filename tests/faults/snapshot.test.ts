import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { expect, it, onTestFinished } from 'vitest'
import { mustRun } from '../guide/processes.ts'
import { node } from '../runtimes/binaries.ts'

const keys = fileURLToPath(new URL('../../packages/orbit/src/keys.ts', import.meta.url))

/** It has drawn a random text when the snapshot is taken, and draws another one in each copy. */
const entry = `
  import { startupSnapshot } from 'node:v8'
  import { randomText } from ${JSON.stringify(keys)}

  randomText(32)
  startupSnapshot.setDeserializeMainFunction(() => console.log(randomText(32)))
`

/** A snapshot of Node's own stands for those of machines, which need a hypervisor: both copy the memory. */
it('copies of a process that has drawn random bytes draw others', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gravito-snapshot-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'entry.mjs'), entry)
  // The builder of snapshots takes one file.
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
