import { redisStore } from '../../packages/orbit/src/stores/redis.ts'
import type { SessionRecord, SessionStore } from '../../packages/orbit/src/stores/store.ts'
import type { StoresUnderTest } from '../../packages/orbit/src/testing/contract.ts'
import type { RedisServer } from '../servers/redis.ts'

let drawn = 0

export function newText(): string {
  drawn += 1
  return `text-${process.pid}-${drawn}`.padEnd(43, '_')
}

/** A record that expires in half an hour. */
export function newRecord(fields: Partial<SessionRecord> = {}): SessionRecord {
  return {
    version: newText(),
    payload: '1:payload',
    expiresAt: Date.now() + 1_800_000,
    ...fields,
  }
}

/** Puts a new record, like the first request of a session. */
export async function aSession(store: SessionStore) {
  const [key, record] = [newText(), newRecord()]
  if (!(await store.compareAndSet(key, undefined, record)))
    throw new Error('The key already exists.')
  return { key, record }
}

/** A value that the driver cannot read. */
async function spoil(server: RedisServer, key: string): Promise<void> {
  await (await server.look()).set(key, 'not a record')
}

/** Two stores for the contract, with a prefix that no other test uses. */
export function twoStores(
  server: RedisServer,
  options: Parameters<typeof redisStore>[0],
  start = '',
): StoresUnderTest & { readonly prefix: string } {
  const prefix = `${start}${newText()}:`
  // With the same options, two stores share one connection.
  const [store, other] = [1_000, 1_001].map((timeoutMs) =>
    redisStore({ timeoutMs, ...options, prefix }),
  )
  if (!store || !other) throw new Error('There must be two stores.')
  return {
    prefix,
    stores: [store, other],
    spoil: (key) => spoil(server, prefix + key),
    close: async () => {
      await Promise.all([store.close(), other.close()])
    },
  }
}

/** The message of the error that a call throws. */
export async function failureOf(call: Promise<unknown>): Promise<string> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (outcome instanceof Error) return outcome.message
  throw new Error('The call did not fail.')
}

/** Repeats the call until it succeeds, like a user who tries again. */
export async function eventually<Result>(
  call: () => Promise<Result>,
  limitMs: number,
): Promise<Result> {
  const end = Date.now() + limitMs
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (Date.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** The commands that clients sent while `work` ran, from the server's MONITOR. */
export async function commandsOf(
  server: RedisServer,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const looker = await server.look()
  const monitor = looker.duplicate()
  monitor.on('error', () => {})
  await monitor.connect()
  const mark = newText()
  const seen: string[] = []
  let end = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  await monitor.monitor((line) => {
    const text = String(line)
    if (text.includes(mark)) return end()
    // Commands that a script runs inside the server are not from a client.
    if (!/\[\d+ lua\]/.test(text)) seen.push(/"(\w+)"/.exec(text)?.[1]?.toUpperCase() ?? text)
  })
  try {
    await work()
    await looker.echo(mark)
    await ended
    return seen
  } finally {
    monitor.destroy()
  }
}
