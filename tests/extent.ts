/**
 * How much the tests cover. `npm test` runs each behaviour once, and a few tests on every driver and runtime.
 * `npm run test:all` runs all tests everywhere.
 */
export const isComplete = process.env.TESTS === 'all'

/** Suites that only `npm run test:all` runs, and why. */
export const onlyWhenComplete: Readonly<Record<string, string>> = {
  'tests/interleavings/mutants.test.ts':
    'tells whether the properties would notice a fault, in 20,000 cases each',
  'tests/faults/run.test.ts':
    'kills apps and servers at random; faults/redis and the suites of stores kill them in order',
  'tests/faults/failover.test.ts':
    'kills and stops masters under load, and counts the lost writes; stores/redis-faults does so with one server',
  'tests/registry/install.test.ts':
    'installs from a registry, while published/tarballs installs from files',
  'tests/registry/release.test.ts':
    'releases to that registry, while published/releases only makes the release',
  'tests/browser/demo-tour.test.ts': 'clicks through the demo, which guide/demo requests over HTTP',
  'tests/browser/screenshots.test.ts': 'compares screenshots of the pages',
  'tests/browser/site-pages.test.ts':
    'takes screenshots of every page of the docs, which docs/links and the build of the site check without a browser',
  'tests/browser/session-admin.test.ts':
    'shows the page for operators in Chromium, while hono/session-admin requests it over HTTP',
  'tests/operations/commands.test.ts':
    'has every option of the command line, while operations/cli has each command once',
  'tests/operations/stores.test.ts':
    'runs the command line on servers and other runtimes, while operations/cli runs it on a folder',
  'tests/operations/entries.test.ts':
    'waits for an entry that never ends; operations/cli has entries that do',
  'tests/browser/devices.test.ts':
    'ends a session in one browser and looks at another browser; hono/sessions-end does so without browsers',
  'tests/browser/passkeys.test.ts':
    'signs in with an authenticator of Chromium; docs/run runs the recipe without one',
  'tests/behaviour/guide.test.ts': 'runs the app of the guide on each driver; guide/guide runs it',
  'tests/guide/demo-drivers.test.ts': 'runs the demo on each driver; guide/demo runs it',
  'tests/stores/sql-faults.test.ts':
    'kills PostgreSQL under load; stores/redis-faults does so with Redis, behind the same engine',
  'tests/stores/sql-processes.test.ts':
    'writes from several processes; stores/sql has the races of one, decided by the same statement',
  'tests/workers/behaviour.test.ts':
    'runs the app of the guide in workerd; workers/interleavings and workers/example sign in there',
  'tests/workers/isolate.test.ts':
    'overlaps many requests in one isolate; workers/gone has those that must not wait',
  'tests/workers/moving.test.ts':
    'moves sessions in workerd; stores/moving does so on Node, and hono/store-of-request without a runtime of its own',
  'tests/workers/random.test.ts':
    'takes a second for each case; interleavings/property has thousands of them on Node',
  'tests/stores/sql-within-processes.test.ts':
    'kills processes during a transaction, while stores/sql-within ends transactions in one process',
  'tests/stores/sql-replica.test.ts':
    'starts a replica of PostgreSQL; stores/sql-tables has servers that are read-only',
  'tests/stores/sql-soak.test.ts':
    'writes for a while from several processes; stores/sql has the races of one',
  'tests/orms/orms.test.ts':
    'makes the table with Drizzle and Prisma; stores/sql/table has what it gives them',
  'tests/stores/redis-topologies.test.ts':
    'kills and stops masters of Clusters and Sentinels; stores/redis-faults does so with one server',
}

/**
 * The runtimes, drivers or compilers on which `npm test` runs the suites that repeat the same tests on many of
 * them. `guide/hono` is a small suite that `npm test` runs on every runtime. The other suites together start
 * each runtime or driver once more, with the tests for which it differs most from the others.
 */
const perCommit = {
  // bun:sqlite. The suites of drivers and processes use node:sqlite.
  'stores/sqlite': ['Bun'],
  // The configuration of most apps. The driver bypasses the options in which the other clients differ.
  'stores/upstash': ['with its default options'],
  // The configuration of most apps. The other clients differ in their options.
  'stores/sql': ['pg', 'postgres.js', 'mysql2/promise'],
  // The runtimes whose servers, streams and crypto are not those of Node.
  'behaviour/runtimes': ['Bun', 'Deno'],
  // Deno differs most from Node in how fetch handles a broken connection. The other contracts do not depend on
  // the runtime.
  'behaviour/contracts': ['upstash on Deno'],
  // The contract also runs on MariaDB, in stores/sql. `cache` and `cache-redis` differ only in where the cache
  // keeps its values, which stasis tests. `upstash` and `redis` differ only in the client. `moving` combines
  // two of the other stores, which interleavings/moving and stores/moving test.
  'behaviour/drivers': ['file', 'redis', 'sqlite', 'postgres', 'cache-redis'],
  // stores/sql-processes runs two processes on each of the other drivers.
  'behaviour/processes': ['file', 'redis', 'sqlite', 'cache-redis'],
  // Each test runner, on one runtime.
  'testing/examples': ['Vitest', 'node:test on Node 20', 'bun:test'],
  // The guide contains commands for these two.
  'guide/guide': ['Node 22', 'Bun'],
  // The oldest version, and the newest, which is fast enough for both settings.
  'guide/types': [
    'TypeScript 5.9 with nodenext',
    'TypeScript 7 with bundler',
    'TypeScript 7 with nodenext',
  ],
} as const satisfies Record<string, readonly string[]>

/** Returns the suite's runtimes, drivers or compilers, found by their names, that this run includes. */
export function chosen<T extends string | readonly [string, ...unknown[]]>(
  suite: keyof typeof perCommit,
  all: readonly T[],
): T[] {
  const nameOf = (one: T) => (typeof one === 'string' ? one : one[0])
  const names: readonly string[] = perCommit[suite]
  const missing = names.filter((name) => !all.some((one) => nameOf(one) === name))
  if (missing.length > 0) throw new Error(`${suite} has no ${missing.join(', ')}`)
  return all.filter((one) => isComplete || names.includes(nameOf(one)))
}
