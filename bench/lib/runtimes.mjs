// Finds the runtimes to measure, and describes the machine in a result.

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { arch, cpus, loadavg, platform } from 'node:os'
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)
const installed = new URL('tests/runtimes/node_modules/', root)

/**
 * Returns the command for `node`, `node20` or `bun`. It is the version that the test suites install, so that it is
 * the same on every machine.
 */
export function commandOf(runtime) {
  if (runtime === 'bun') {
    // The command in node_modules/.bin works only after an install script. The binary works without it.
    const scope = new URL('@oven/', installed)
    return fileURLToPath(new URL(`${readdirSync(scope)[0]}/bin/bun`, scope))
  }
  const folder = runtime === 'node20' ? 'node-20-x64' : 'node-24-x64'
  const node = fileURLToPath(new URL(`${folder}/bin/node`, installed))
  return existsSync(node) ? node : process.execPath
}

export function versionOf(command) {
  const version = execFileSync(command, ['--version'], { encoding: 'utf8' }).trim()
  return version.startsWith('v') ? `Node ${version.slice(1)}` : `Bun ${version}`
}

/** Returns the time, machine and commit of a result. */
export function circumstances() {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
  const isChanged = git('status', '--porcelain', '--untracked-files=no', 'packages') !== ''
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: git('rev-parse', '--short', 'HEAD') + (isChanged ? ', with changes' : ''),
    load: Number(loadavg()[0].toFixed(1)),
    packages: packages(),
    machine: `${cpus().length} × ${cpus()[0].model.trim()}, ${platform()} ${arch()}`,
  }
}

/** Returns the measured packages, with their versions. */
function packages() {
  const read = (path) => JSON.parse(readFileSync(new URL(path, root), 'utf8'))
  return {
    '@gravito/orbit': read('packages/orbit/package.json').version,
    ...read('bench/package.json').dependencies,
  }
}
