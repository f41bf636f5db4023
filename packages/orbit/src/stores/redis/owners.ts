import type { SessionRecord, SessionStore } from '../store.ts'
import type { Connection } from './connection.ts'
import { keyOf, type Layout } from './layout.ts'
import { destroy, lookAfter } from './scripts.ts'
import { toWord } from './word.ts'

/** How many commands go out before their answers are awaited. */
const atOnce = 200

/**
 * The owner's live sessions. A session that moves while they are read is found under its old key or
 * its new one: where a seal is met, the index is read again, which by then has the new one.
 */
export async function list(
  redis: Connection,
  at: Layout,
  owner: string,
  load: SessionStore['load'],
): Promise<Array<{ key: string; record: SessionRecord }>> {
  const seen = new Map<string, SessionRecord | undefined>()
  const empty: string[] = []
  for (let isComplete = false; !isComplete; ) {
    const entries = await entriesOf(redis, at, owner)
    const fresh = entries.filter((entry) => !seen.has(keyOf(entry)))
    const records = await each(fresh, (entry) => load(keyOf(entry)))
    isComplete = true
    for (const [place, entry] of fresh.entries()) {
      const record = records[place]
      seen.set(keyOf(entry), record)
      if (record === undefined) empty.push(entry)
      if (record?.successor && !seen.has(record.successor.key)) isComplete = false
    }
  }
  // Only tidying up: a replica that takes no writes can list all the same.
  await forget(redis, at, owner, empty).catch(() => {})
  return [...seen].flatMap(([key, record]) =>
    record && record.owner === owner && !record.successor ? [{ key, record }] : [],
  )
}

/**
 * Ends the owner's sessions, but for one. The records go before their entries: a crash in between
 * leaves what is still listed, and is ended by the next call.
 */
export async function destroyOwner(
  redis: Connection,
  at: Layout,
  owner: string,
  except: string | undefined,
  now: () => number,
): Promise<number> {
  let ended = 0
  // Again until none is left: a session may have moved just before its old record was ended.
  for (;;) {
    const all = await entriesOf(redis, at, owner)
    const entries = all.filter((entry) => keyOf(entry) !== except)
    if (entries.length === 0) return ended
    const keys = [...new Set(entries.map(keyOf))]
    const ends = await each(keys, (key) =>
      redis.script(destroy, at.record(key), String(now()), '', toWord(owner)),
    )
    ended += ends.filter((end) => Array.isArray(end) && String(end[0]) === 'live').length
    await inPieces(entries, (piece) => redis.run((to) => to.zRem(at.owner(owner), piece)))
  }
}

/** Takes entries whose sessions have ended unseen out of the index. */
export async function tidyUp(
  redis: Connection,
  at: Layout,
  owner: string,
  entries: readonly string[],
): Promise<void> {
  const found = await each(entries, (entry) =>
    redis.run((to) => to.exists(at.record(keyOf(entry)))).then((count) => Number(count) > 0),
  )
  const living = entries.filter((_, place) => found[place])
  await redis.script(lookAfter, at.owner(owner), '1', ...living)
  await forget(
    redis,
    at,
    owner,
    entries.filter((_, place) => !found[place]),
  )
}

function forget(
  redis: Connection,
  at: Layout,
  owner: string,
  entries: readonly string[],
): Promise<void> {
  return inPieces(entries, (piece) => redis.script(lookAfter, at.owner(owner), '0', ...piece))
}

async function entriesOf(redis: Connection, at: Layout, owner: string): Promise<string[]> {
  return texts(await redis.run((to) => to.zRange(at.owner(owner), 0, -1)))
}

export function texts(reply: unknown): string[] {
  return Array.isArray(reply) ? reply.map(String) : []
}

async function each<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Result | Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  await inPieces(items, async (piece) => {
    results.push(...(await Promise.all(piece.map(work))))
  })
  return results
}

async function inPieces<Item>(
  items: readonly Item[],
  work: (piece: Item[]) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < items.length; start += atOnce) {
    await work(items.slice(start, start + atOnce))
  }
}
