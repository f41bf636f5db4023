import { defineConfig } from 'vitest/config'

// Without it, Vitest would run the tests of the other two runners as well.
export default defineConfig({ test: { include: ['vitest/*.test.ts'] } })
