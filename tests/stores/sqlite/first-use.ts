// The output of an app that starts with the SQLite store and continues although that failed.
import { sqliteStore } from '../../../packages/orbit/src/stores/sqlite.ts'

const store = sqliteStore({ path: process.argv[2] ?? '' })
const nameAndMessage = (error: unknown) =>
  console.log(error instanceof Error ? `${error.name}: ${error.message}` : 'no error')

for (const use of [() => store.ready(), () => store.load('key')]) {
  try {
    await use()
  } catch (error) {
    nameAndMessage(error)
  }
}
await store.close()
