import type { SessionRecord } from '../stores/store.ts'
import { type Attempt, ended, liveAt, ownerAtStart, readable } from './attempt.ts'
import { asMade, replay } from './changes.ts'
import { type Contents, emptyContents, encode } from './contents.ts'
import { fold } from './fold.ts'
import { handleOf, newRandom } from './id.ts'
import type { Outcome } from './intent.ts'
import { newRecord, type Successor, sealed } from './record.ts'
import { type Engine, find, type StateOf, type Stored } from './state.ts'

/** Where a session that gets a new id comes from. */
export type Source =
  /** This record moves, and is sealed; if it is a stranger's, its data stays behind. */
  | { readonly kind: 'record'; readonly stored: Stored; readonly isStrange?: boolean }
  /** Nothing moves; a mark under the handle tells later commits of the id that it has been left. */
  | { readonly kind: 'mark'; readonly random: string }
  /** Nothing moves and nobody has to be told. */
  | { readonly kind: 'alone' }

/** A move of the session that the request belongs to. */
export function moveOn(
  attempt: Attempt,
  state: StateOf<'live' | 'sealed'>,
  stored: Stored,
): Promise<Outcome> {
  return move(attempt, { kind: 'record', stored }, ended(attempt.engine, state).heir)
}

/**
 * Gives the session a new id: stores the new record, then seals the one it comes from or leaves a
 * mark. Where somebody was faster, the new record goes and the move is thought over. A crash between
 * the two leaves the old session as it was, and a record whose id nobody has.
 *
 * @param home the id under which a login leaves its mark if its session has been ended meanwhile
 * @param next the random part of the new id
 */
export async function move(
  attempt: Attempt,
  from: Source,
  home: string,
  next = attempt.intent.next(),
): Promise<Outcome> {
  const { engine } = attempt
  let source = from
  let random = next
  for (;;) {
    const key = handleOf(random)
    const { contents, record } = arrival(attempt, source)
    if (!(await attempt.create({ key, record }))) {
      await attempt.conflict(key)
      random = newRandom()
      continue
    }
    if (await leave(attempt, source, { key, birth: record.birth })) {
      announce(attempt, source, key)
      return { state: liveAt(random, { key, record }), wrote: true, contents }
    }
    await engine.store.destroy(key, record.version)
    const next = await thinkOver(attempt, source, record.owner, home)
    if ('state' in next) return next
    source = next
    await attempt.conflict(key)
  }
}

function announce({ engine, state }: Attempt, source: Source, handle: string): void {
  const hadSession = 'stored' in state && source.kind === 'record'
  if (!hadSession) engine.emit({ type: 'session:created', handle })
  const from = handleOf(state.random)
  const hadId = state.kind !== 'visitor' || state.from !== 'new'
  if (hadId) engine.emit({ type: 'session:regenerated', handle, from })
}

/**
 * What the session is under its new id. From one person to another, data does not come along, and a
 * change of owner begins the absolute lifetime anew.
 */
function arrival(attempt: Attempt, source: Source): { contents: Contents; record: SessionRecord } {
  const base = source.kind === 'record' && !source.isStrange ? source.stored.record : undefined
  const carried = attempt.replay(base)
  const owner = attempt.ownerOf(carried)
  const changesHands = base?.owner !== undefined && owner !== undefined && owner !== base.owner
  const contents = changesHands ? handedOver(attempt, carried, base) : carried
  const createdAt = base && owner === base.owner ? base.createdAt : undefined
  return { contents, record: attempt.newRecord(contents, createdAt) }
}

/** The request's own changes alone, and the owner that they made of the session as it was. */
function handedOver(attempt: Attempt, carried: Contents, base: SessionRecord): Contents {
  const contents = replay(emptyContents(), asMade(readable(base), attempt.intent.changes))
  attempt.engine.owners.copy(carried, contents)
  return contents
}

/** Seals the record that moved, or leaves the mark; not if something else stands there by now. */
async function leave(attempt: Attempt, source: Source, successor: Successor): Promise<boolean> {
  const { engine } = attempt
  switch (source.kind) {
    case 'record': {
      const { key, record } = source.stored
      const seal = sealed(record, successor, engine.now(), engine.times)
      return attempt.replace({ key, record: seal }, record.version)
    }
    case 'mark':
      return attempt.create({
        key: handleOf(source.random),
        record: markOf(engine, successor),
      })
    case 'alone':
      return true
  }
}

/** A sealed record of nothing: it only says that an id has been left. */
function markOf(engine: Engine, successor: Successor): SessionRecord {
  const { times, maxBytes } = engine
  const now = engine.now()
  const payload = encode(emptyContents(), maxBytes)
  const empty = newRecord({ payload, owner: undefined, createdAt: now, now, times })
  return sealed(empty, successor, now, times)
}

/** Where a move comes from, now that its source is not as it was; or what came of it instead. */
async function thinkOver(
  attempt: Attempt,
  source: Source,
  owner: string | undefined,
  home: string,
): Promise<Source | Outcome> {
  if (source.kind === 'alone') return source
  const { engine, state } = attempt
  const record = source.kind === 'record' ? source.stored.record : undefined
  const key = source.kind === 'record' ? source.stored.key : handleOf(source.random)
  const isLogin = owner !== undefined && owner !== ownerAtStart(state) && !attempt.intent.strict
  const found = await find(engine, key, record?.birth)

  if (found.kind === 'live') {
    const { stored } = found
    if (record !== undefined || attempt.mayJoin(stored.record)) return { kind: 'record', stored }
    const isStrange = isLogin && attempt.mayReplace(stored.record)
    return isStrange ? { kind: 'record', stored, isStrange } : { kind: 'alone' }
  }
  if (found.kind === 'sealed') {
    if (!isLogin) {
      if (record === undefined && attempt.isDerived) throw attempt.refuse(key)
      const known = state.kind === 'live' ? state : liveAt(state.random, found.stored)
      return fold(attempt, known, found, record !== undefined)
    }
    if (found.end.record.owner === owner) return { kind: 'record', stored: found.end }
    // Whoever comes when that one has ended, too, must find this login.
    return record === undefined ? { kind: 'alone' } : { kind: 'mark', random: home }
  }
  if (source.kind === 'mark') {
    if (found.kind !== 'remains') return source
    const remains = found.stored.record
    if (!isLogin && attempt.wasUnderWay(remains)) return attempt.drop(state)
    await engine.store.destroy(key, remains.version)
    return source
  }
  return isLogin ? { kind: 'mark', random: home } : attempt.drop(state)
}
