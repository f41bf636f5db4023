// What an app says that starts with the SQLite store, and goes on although it could not.
import { sqliteStore } from '../../../packages/orbit/src/stores/sqlite.ts'

const store = sqliteStore({ path: process.argv[2] ?? '' })
const nameAndMessage = (error: unknown) =>
  console.log(error instanceof Error ? `${error.name}: ${error.message}` : 'no error at all')

for (const use of [() => store.ready(), () => store.load('key')]) {
  try {
    await use()
  } catch (error) {
    nameAndMessage(error)
  }
}
await store.close()
