import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Some suites run what is published. In a fresh clone it is built for them; the test command always does. */
export default function buildWhereMissing(): void {
  const isBuilt = ['core', 'orbit', 'stasis'].every((name) =>
    existsSync(`${root}packages/${name}/dist/index.js`),
  )
  if (!isBuilt) execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' })
}
