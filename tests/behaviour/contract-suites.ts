/** The tests of a driver that any runtime can run: the store contract, and tests of this driver only. */
export const suites = {
  memory: ['packages/orbit/src/stores/memory.test.ts'],
  file: ['tests/stores/file.test.ts'],
  redis: ['tests/stores/redis.test.ts'],
  upstash: ['tests/stores/upstash.test.ts', 'tests/stores/upstash-faults.test.ts'],
  sql: ['tests/stores/sql.test.ts'],
  cache: ['tests/stores/cache.test.ts'],
}
