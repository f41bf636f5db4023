import { emptyContents } from './contents.ts'
import { encode } from './encoding.ts'
import type { Engine } from './engine.ts'
import type { Stored } from './lookup.ts'
import type { User } from './owner.ts'
import { moved, redirect, type StoredSession, type Successor, toRecord } from './record.ts'

/** What happens to the old record when a session gets a new id. */
export type Departure =
  /** This record moves. */
  | { readonly kind: 'record'; readonly stored: Stored }
  /** No record moves. If the record under this key has this version, a redirect to the new id takes its place. */
  | { readonly kind: 'redirect'; readonly key: string; readonly version: string | undefined }
  /** No record moves, and there is no redirect. */
  | { readonly kind: 'none' }

/**
 * `taken`: the new key is in use. `overtaken`: the old record has changed. `ended`: the session was ended in the
 * meantime.
 */
export type Arrival = 'arrived' | 'taken' | 'overtaken' | 'ended'

/**
 * Puts a session under a new id. A session with an owner first adds its key to the owner's index, then
 * creates its record, and then confirms the entry. Only after that does it turn the old record into a moved
 * one, or leave a redirect. If a step fails, the steps before it are undone. After a crash, the old session is
 * unchanged, and no browser has the id of the new record.
 */
export async function arrive(
  engine: Engine,
  { key, record }: Stored,
  from: Departure,
  who: { readonly device?: string | undefined; readonly user?: User | undefined } = {},
): Promise<Arrival> {
  const { store } = engine
  const index = await engine.index()
  const { owner, name } = record
  const left = from.kind === 'record' ? from.stored : undefined
  const isSameOwner = owner !== undefined && left?.record.owner === owner
  const entering =
    owner === undefined
      ? undefined
      : isSameOwner && name !== undefined
        ? await index.enterMove(owner, name, left.key, key, record, who.device)
        : await index.enter(owner, key, record, who.device)
  if (owner !== undefined && !entering) return 'ended'

  const takeBack = async (): Promise<void> => {
    await store.compareAndSet(key, record.version, undefined)
    if (entering) await index.takeBack(entering)
  }
  let isLeaving = false
  try {
    if (!(await store.compareAndSet(key, undefined, toRecord(record)))) {
      if (entering) await index.takeBack(entering)
      return 'taken'
    }
    if (entering && !(await index.confirm(entering))) {
      await takeBack()
      return 'ended'
    }
    isLeaving = true
    if (!(await leave(engine, from, { key, instance: record.instance }))) {
      await takeBack()
      return 'overtaken'
    }
  } catch (error) {
    // No browser gets the new id, so it must not count as one of the owner's sessions. There is one exception: the
    // record of a visitor may have moved. Then the repeated sign-in finds the new record with the visitor's data.
    const mayFindIt = isLeaving && left && left.record.owner === undefined
    await (mayFindIt ? hasLeft(engine, left) : Promise.resolve(false))
      .then((hasMoved) => (hasMoved ? undefined : takeBack()))
      .catch(() => {})
    throw error
  }
  if (left && !isSameOwner) await index.leave(left.record.owner, left.record.name)
  const { device, user } = who
  if (entering?.isNewDevice && device !== undefined && user) {
    const { id: userId, key: ownerKey } = user
    engine.emit({ type: 'session:device-new', handle: key, userId, ownerKey, device })
  }
  return 'arrived'
}

/** Whether the old record has changed. The store may have reported an error although it had written. */
async function hasLeft({ store }: Engine, { key, record }: Stored): Promise<boolean> {
  return (await store.load(key))?.version !== record.version
}

/** Turns the old record into a moved one, or leaves the redirect. Returns `false` if the record there has changed. */
async function leave(engine: Engine, from: Departure, movedTo: Successor): Promise<boolean> {
  const { store, now, times, maxBytes } = engine
  const put = (key: string, version: string | undefined, next: StoredSession) =>
    store.compareAndSet(key, version, toRecord(next))
  switch (from.kind) {
    case 'record': {
      const { key, record } = from.stored
      return put(key, record.version, moved(record, movedTo, now(), times))
    }
    case 'redirect': {
      const empty = encode(emptyContents(), maxBytes)
      return put(from.key, from.version, redirect(movedTo, empty, now(), times))
    }
    case 'none':
      return true
  }
}
