import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'

const made: string[] = []

// This is at module level, because Vitest does not accept `afterAll` inside a test.
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})

/** Creates a folder with these files, by relative path. It is removed after the tests of the file. */
export function temporaryFolder(files: Record<string, string>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'gravito-core-')))
  made.push(folder)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return folder
}
