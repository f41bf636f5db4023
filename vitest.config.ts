import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { isComplete, onlyWhenComplete } from './tests/extent.ts'

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const never = ['**/node_modules/**', '**/dist/**', 'tests/docs/.blocks*/**']
const left = [...never, ...(isComplete ? [] : Object.keys(onlyWhenComplete))]

/**
 * The files that you run often while you work. They share their modules, because loading the modules takes
 * longer than the tests.
 */
const quick = ['packages/*/src/**/*.test.{ts,tsx}', 'tests/hono/**/*.test.ts']
/** Files that replace a module, so they cannot share modules with others. */
const alone = ['tests/hono/ids-random.test.ts', 'tests/hono/costs.test.ts']
/** On another driver or over TCP, each file starts separate servers, so the files cannot share modules. */
const canShare = !process.env.SESSION_STORE && !process.env.SESSION_OVER

const cores = Math.max(2, availableParallelism())

export default defineConfig({
  resolve: {
    alias: {
      'gravito-core': source('packages/core/src/index.ts'),
      '@gravito/orbit/testing': source('packages/orbit/src/testing/index.ts'),
      // ORBIT_SOURCE is the folder of a mutant. See tests/interleavings/mutants.test.ts.
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
