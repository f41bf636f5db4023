import { defineConfig } from 'vitest/config'

// Without this, Vitest would also run the tests for the other two runners.
export default defineConfig({ test: { include: ['vitest/*.test.ts'] } })
