import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { isComplete, onlyWhenComplete } from './tests/extent.ts'

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const never = ['**/node_modules/**', '**/dist/**', 'tests/docs/.blocks*/**']
const left = [...never, ...(isComplete ? [] : Object.keys(onlyWhenComplete))]

/**
 * The files that are run again and again while one works. They share their modules, which saves most of
 * the time: loading them takes longer than the tests.
 */
const quick = ['packages/*/src/**/*.test.{ts,tsx}', 'tests/hono/**/*.test.ts']
/** What replaces a module needs modules of its own. */
const alone = ['tests/hono/ids-random.test.ts', 'tests/hono/costs.test.ts']
/** On another driver or over TCP each file has servers of its own. */
const canShare = !process.env.SESSION_STORE && !process.env.SESSION_OVER

const cores = Math.max(2, availableParallelism())

export default defineConfig({
  resolve: {
    alias: {
      'gravito-core': source('packages/core/src/index.ts'),
      '@gravito/orbit/testing': source('packages/orbit/src/testing/index.ts'),
      // Or a mutant of it: see tests/interleavings/mutants.test.ts.
      '@gravito/orbit': process.env.ORBIT_SOURCE
        ? `${process.env.ORBIT_SOURCE}index.ts`
        : source('packages/orbit/src/index.ts'),
      '@gravito/stasis': source('packages/stasis/src/index.ts'),
    },
  },
  test: {
    globalSetup: 'tests/build.ts',
    testTimeout: 20_000,
    maxWorkers: cores,
    env: { NODE_ENV: 'test' },
    projects: [
      {
        extends: true,
        test: {
          name: 'quick',
          include: quick,
          exclude: [...left, ...alone],
          isolate: !canShare,
        },
      },
      {
        extends: true,
        test: {
          name: 'whole',
          include: ['tests/**/*.test.ts', 'bench/**/*.test.mjs'],
          exclude: [...left, 'tests/hono/!(ids-random|costs).test.ts'],
        },
      },
    ],
  },
})
