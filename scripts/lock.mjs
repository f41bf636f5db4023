// Updates the lock files after a change of dependencies: `npm run lock`, or `npm run lock docs` for
// one folder. Then it adds the platform packages that npm left out. `npm install` leaves out an
// optional dependency for another platform if the current registry does not have it, and then `npm ci`
// refuses the lock file on every platform. An added entry has a version but no digest.

import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const FOLDERS = ['.', 'bench', 'docs', 'tests/orms', 'tests/registry', 'tests/runtimes']
const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openbsd', 'openharmony', 'win32']
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64']

const asked = process.argv.slice(2)
for (const name of asked.length > 0 ? asked : FOLDERS) {
  const folder = join(root, name)
  const npm = ['install', '--package-lock-only', '--omit-lockfile-registry-resolved', '--silent']
  execFileSync('npm', npm, { cwd: folder, stdio: 'inherit' })
  await complete(join(folder, 'package-lock.json'))
}

async function complete(file) {
  const lock = JSON.parse(await readFile(file, 'utf8'))
  for (const [dependent, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const places = [`node_modules/${name}`, `${dependent}/node_modules/${name}`]
      if (places.some((place) => place in lock.packages)) continue
      lock.packages[places[0]] = platformPackage(name, version, entry)
      console.log(`${file}: added ${name} ${version}`)
    }
  }
  const [root, ...others] = Object.entries(lock.packages)
  others.sort(([a], [b]) => a.localeCompare(b, 'en'))
  lock.packages = Object.fromEntries([root, ...others])
  await writeFile(file, `${JSON.stringify(lock, null, 2)}\n`)
}

function platformPackage(name, version, { dev, license, engines }) {
  const words = name.replace(/^.*\//, '').split('-')
  const os = words.find((word) => SYSTEMS.includes(word))
  const cpu = words.find((word) => PROCESSORS.includes(word))
  if (os === undefined || cpu === undefined) {
    throw new Error(
      `${name} ${version} is not in the lock file, and its name does not contain a platform`,
    )
  }
  const libc = words.some((word) => word.startsWith('musl')) ? 'musl' : 'glibc'
  return {
    version,
    cpu: [cpu],
    ...(dev && { dev }),
    ...(os === 'linux' && { libc: [libc] }),
    ...(license && { license }),
    optional: true,
    os: [os],
    ...(engines && { engines }),
  }
}
