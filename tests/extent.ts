/**
 * How much is tested: `npm test` runs each behaviour once, and a small set of them on every driver and
 * runtime; `npm run test:all` runs all of them everywhere.
 */
export const isComplete = process.env.TESTS === 'all'

/** Suites that only `npm run test:all` runs, and why. */
export const onlyWhenComplete: Readonly<Record<string, string>> = {
  'tests/interleavings/mutants.test.ts':
    'tells whether the properties would notice a fault, in 20,000 cases each',
  'tests/faults/run.test.ts':
    'kills apps and servers at random; faults/redis and the suites of stores kill them in order',
  'tests/registry/install.test.ts':
    'installs from a registry what published/tarballs installs from files',
  'tests/registry/release.test.ts':
    'releases to that registry; published/releases makes the release',
  'tests/browser/demo-tour.test.ts': 'walks through the demo, which guide/demo asks over HTTP',
  'tests/browser/screenshots.test.ts': 'compares what the pages look like',
  'tests/behaviour/guide.test.ts': 'runs the app of the guide on each driver; guide/guide runs it',
  'tests/guide/demo-drivers.test.ts': 'runs the demo on each driver; guide/demo runs it',
  'tests/stores/redis-topologies.test.ts':
    'kills and stops masters of Clusters and Sentinels; stores/redis-faults does so with one server',
}
