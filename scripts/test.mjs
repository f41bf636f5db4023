// The test command. It runs every check and every suite, one after the other, and ends with the line `N
// passed, N failed`. A step that could not run counts as failed, so nothing is skipped silently. The
// arguments go to Vitest: `npm test -- tests/guide -t flash`. With TESTS=all, no suite is left out. See
// tests/extent.ts.

import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lookForPrograms } from './programs.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const filters = process.argv.slice(2)

/** The steps run in this order. If the step in `needs` failed, the step does not run and counts as failed. */
const steps = [
  { name: 'format and lint', run: () => tool('biome', 'check', '.') },
  { name: 'build', run: () => npm('run', 'build') },
  {
    name: 'types of tests, scripts and examples',
    needs: 'build',
    run: () => tool('tsc', '-p', 'tsconfig.json'),
  },
  { name: 'unused files, exports and dependencies', needs: 'build', run: () => tool('knip') },
  { name: 'runtimes for the test suites', run: () => installLocked('tests/runtimes') },
  ...(process.env.TESTS === 'all'
    ? [
        { name: 'registry for the test suites', run: () => installLocked('tests/registry') },
        {
          name: 'Drizzle Kit and Prisma for the test suites',
          run: () => installLocked('tests/orms'),
        },
      ]
    : []),
  { name: 'programs for the test suites', run: installPrograms },
  { name: 'VitePress for the docs', run: () => installLocked('docs') },
  {
    name: 'docs site with all links',
    needs: 'VitePress for the docs',
    run: () => npm('run', 'build', '--prefix', 'docs'),
  },
  { name: 'other libraries for the comparison', run: () => installLocked('bench') },
  {
    name: 'comparison with other libraries',
    needs: 'other libraries for the comparison',
    run: () => asOneCheck(process.execPath, ['bench/compare.mjs']),
  },
  { name: 'test suites', needs: 'build', run: runSuites },
]

const total = { passed: 0, failed: 0 }
const notes = []
const failedSteps = new Set()

for (const step of steps) {
  console.log(`\n== ${step.name}`)
  const began = performance.now()
  const { passed, failed, note } = failedSteps.has(step.needs)
    ? { passed: 0, failed: 1, note: `not run, because this failed: ${step.needs}` }
    : await step.run()
  total.passed += passed
  total.failed += failed
  if (failed > 0) {
    failedSteps.add(step.name)
    notes.push(`${step.name}: ${note ?? 'failed'}`)
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(`-- ${step.name}: ${failed > 0 ? 'FAILED' : 'ok'} (${seconds} s)`)
}

console.log()
for (const note of notes) console.log(`FAILED ${note}`)
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed > 0 ? 1 : 0

function tool(name, ...args) {
  return asOneCheck(join(root, 'node_modules', '.bin', name), args)
}

function npm(...args) {
  return asOneCheck('npm', args)
}

async function asOneCheck(command, args) {
  const code = await exitCodeOf(command, args)
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

function exitCodeOf(command, args) {
  const env = { ...process.env }
  // With `npm test --silent`, npm would hide the errors of the npm processes that we start.
  delete env.npm_config_loglevel
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`)
      resolve(127)
    })
    child.on('close', (code) => resolve(code ?? 1))
  })
}

/** Installs a folder with its lock file. These folders have hundreds of MB, so `npm ci` in the root does not install them. */
async function installLocked(name) {
  const folder = join(root, name)
  const wanted = await readJson(join(folder, 'package-lock.json'))
  const present = await readJson(join(folder, 'node_modules', '.package-lock.json'))
  const { dependencies, devDependencies, optionalDependencies } = wanted?.packages[''] ?? {}
  const all = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })
  const names = all.filter((name) => fitsHere(wanted.packages[`node_modules/${name}`]))
  const upToDate = names.every((name) => {
    const key = `node_modules/${name}`
    const { integrity } = wanted.packages[key] ?? {}
    return integrity !== undefined && present?.packages[key]?.integrity === integrity
  })
  if (upToDate && names.length > 0) {
    console.log('already installed')
    return { passed: 1, failed: 0 }
  }
  return npm('ci', '--prefix', folder)
}

/** Returns whether an optional dependency is for this kind of machine. */
function fitsHere({ os = [process.platform], cpu = [process.arch] } = {}) {
  return os.includes(process.platform) && cpu.includes(process.arch)
}

/**
 * Installs the programs that the suites start. You do not have to start any of them. The browser is Debian's, because
 * npm does not have one. `openssl` creates the certificates of servers with TLS.
 */
async function installPrograms() {
  const { path, missing } = await lookForPrograms()
  process.env.PATH = path
  if (missing.length === 0) return { passed: 1, failed: 0 }

  const packages = missing.map((program) => program.package).join(' ')
  const command = `apt-get update && apt-get install -y --no-install-recommends ${packages}`
  const isDebian = (await readText('/etc/debian_version')) !== undefined
  if (isDebian && process.getuid?.() === 0) {
    // At run level 1, the packages do not start a service.
    const environment = 'RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive'
    await exitCodeOf('sh', ['-c', `export ${environment}; ${command}`])
    if ((await lookForPrograms()).missing.length === 0) return { passed: 1, failed: 0 }
  }
  const variables = missing.flatMap(({ variable }) => variable ?? [])
  const orName =
    variables.length > 0 ? ` (or set ${variables.join(', ')} to the path of your own)` : ''
  return {
    passed: 0,
    failed: 1,
    note: `not found: ${packages}. Install them: ${command}${orName}`,
  }
}

async function runSuites() {
  const folder = await mkdtemp(join(tmpdir(), 'gravito-test-'))
  try {
    const file = join(folder, 'report.json')
    const vitest = join(root, 'node_modules', '.bin', 'vitest')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const code = await exitCodeOf(vitest, ['run', ...reporters, ...filters])
    return judge(await readJson(file), code)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function judge(report, code) {
  if (report === undefined) return { passed: 0, failed: 1, note: 'Vitest left no report' }

  const byName = filters.some((filter) => filter === '-t' || filter.startsWith('--testNamePattern'))
  const passed = report.numPassedTests
  // If a file could not be loaded, or its setup failed, its tests were not counted.
  const broken = report.testResults.filter(
    (file) =>
      file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  )
  const skipped = byName ? 0 : report.numPendingTests + report.numTodoTests
  let failed = report.numFailedTests + broken.length + skipped
  const notes = [
    report.numFailedTests > 0 && `${report.numFailedTests} tests failed`,
    ...broken.map((file) => `could not run ${file.name}`),
    skipped > 0 && `${skipped} tests were skipped`,
  ].filter(Boolean)

  if (passed + failed === 0) {
    failed = 1
    notes.push('no test was run')
  }
  if (code !== 0 && failed === 0) {
    failed = 1
    notes.push(`Vitest exited with ${code}`)
  }
  return { passed, failed, note: notes.join('; ') }
}

async function readJson(path) {
  const text = await readText(path)
  try {
    return text && JSON.parse(text)
  } catch {
    return undefined
  }
}

async function readText(path) {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}
