import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    alias: {
      'gravito-core': source('packages/core/src/index.ts'),
      '@gravito/orbit': source('packages/orbit/src/index.ts'),
      '@gravito/stasis': source('packages/stasis/src/index.ts'),
    },
  },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'tests/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'tests/docs/.blocks*/**'],
    globalSetup: 'tests/build.ts',
    testTimeout: 20_000,
    env: { NODE_ENV: 'test' },
  },
})
