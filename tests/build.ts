import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Some suites run the built packages. In a fresh clone this builds them. The test command always
 * builds them.
 */
export default function buildWhereMissing(): void {
  const isBuilt = ['core', 'orbit', 'stasis'].every((name) =>
    existsSync(`${root}packages/${name}/dist/index.js`),
  )
  if (!isBuilt) execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' })
}
