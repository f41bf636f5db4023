import { type SessionStore, session } from '@gravito/orbit'
import { type FileStoreOptions, fileStore } from '@gravito/orbit/file'
import { type RedisStoreOptions, redisStore } from '@gravito/orbit/redis'
import { type SqliteStoreOptions, sqliteStore } from '@gravito/orbit/sqlite'

// Each driver is a separate store …
const file: FileStoreOptions = { path: 'sessions' }
const redis: RedisStoreOptions = { url: 'redis://127.0.0.1:6379' }
const sqlite: SqliteStoreOptions = { path: 'sessions.db' }
const stores: SessionStore[] = [fileStore(file), redisStore(redis), sqliteStore(sqlite)]
for (const store of stores) session({ store })

// … and a misspelt option of it does not compile.
// @ts-expect-error: pth
fileStore({ pth: 'sessions' })
// @ts-expect-error: uri
redisStore({ uri: 'redis://127.0.0.1:6379' })
// @ts-expect-error: no client of Redis
redisStore({ client: {} })
// @ts-expect-error: table
sqliteStore({ table: 'sessions' })
