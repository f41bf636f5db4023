import { endedError, SessionError } from '../errors.ts'
import { Attempt, ended, refuseMoved } from './attempt.ts'
import { type Contents, isEmpty } from './contents.ts'
import { fold } from './fold.ts'
import type { Intent, Outcome } from './intent.ts'
import { move, moveOn } from './move.ts'
import { type Engine, find, type State, type StateOf, visitor } from './state.ts'
import { create, join, write } from './write.ts'

/** Writes what a request wants, whatever happened to its session since it was loaded. */
export async function commit(engine: Engine, state: State, intent: Intent): Promise<Outcome> {
  if (!intent.invalidate) return change(new Attempt(engine, state, intent), state)
  const end = await invalidate(engine, state, intent)
  if (intent.changes.length === 0) return end
  const outcome = await change(new Attempt(engine, end.state, intent), end.state)
  return { ...outcome, wrote: end.wrote || outcome.wrote }
}

async function change(attempt: Attempt, state: State): Promise<Outcome> {
  switch (state.kind) {
    case 'visitor':
      return changeVisitor(attempt, state)
    case 'live':
      return changeLive(attempt, state)
    case 'sealed':
      return changeSealed(attempt, state, state)
    case 'ended':
      return changeEnded(attempt, state)
    case 'unavailable':
      throw state.error
  }
}

async function changeVisitor(attempt: Attempt, state: StateOf<'visitor'>): Promise<Outcome> {
  const contents = attempt.replay()
  const isNew = state.from === 'new'
  if (isEmpty(contents)) {
    const joined = attempt.intent.strict && !isNew ? await join(attempt, state.random) : undefined
    return joined ?? { state, wrote: false, contents }
  }
  if (state.from === 'ambiguous') throw ambiguousError()
  const outcome = await beginSession(attempt, state, contents)
  await removeCorrupt(attempt.engine, state)
  return outcome
}

function beginSession(
  attempt: Attempt,
  state: StateOf<'visitor'>,
  contents: Contents,
): Promise<Outcome> {
  const { random, home } = state
  if (home !== undefined) return move(attempt, { kind: 'mark', random: home }, home, random)
  const moves = attempt.intent.regenerate || attempt.ownerOf(contents) !== undefined
  const isNew = state.from === 'new'
  // An id that nobody has been given yet needs no other one.
  if (isNew || !moves) return create(attempt, random, contents, !isNew)
  return move(attempt, { kind: 'mark', random }, random)
}

async function changeLive(attempt: Attempt, state: StateOf<'live'>): Promise<Outcome> {
  const { stored } = state
  if (state.folded) {
    const found = await find(attempt.engine, stored.key, stored.record.birth)
    return found.kind === 'sealed' ? changeSealed(attempt, state, found) : attempt.drop(state)
  }
  const owner = attempt.ownerOf(attempt.replay(stored.record))
  const moves = attempt.intent.regenerate || owner !== stored.record.owner
  return moves ? moveOn(attempt, state, stored) : write(attempt, state, stored)
}

/**
 * The session has moved. A login goes on in any case; other changes only where earlier ones of the
 * same request went along.
 */
async function changeSealed(
  attempt: Attempt,
  state: StateOf<'live' | 'sealed'>,
  seal: Pick<StateOf<'sealed'>, 'stored' | 'end'>,
): Promise<Outcome> {
  const { key, record } = state.stored
  const owner = attempt.ownerOf(attempt.replay(record))
  if (owner !== undefined && owner !== record.owner && !attempt.intent.strict) {
    if (owner === seal.end.record.owner) return moveOn(attempt, state, seal.end)
    const { heir } = ended(attempt.engine, state)
    return move(attempt, { kind: 'mark', random: heir }, heir)
  }
  if (state.kind === 'live') return fold(attempt, state, seal, true)
  throw attempt.refuse(key)
}

/** The session was ended under the request: only a login to somebody else begins a new one. */
async function changeEnded(attempt: Attempt, state: StateOf<'ended'>): Promise<Outcome> {
  if (attempt.intent.strict) throw endedError()
  const owner = attempt.ownerOf(attempt.replay())
  if (owner === undefined || owner === state.owner) return attempt.drop(state)
  return move(attempt, { kind: 'mark', random: state.heir }, state.heir)
}

/**
 * Ends the session, wherever it has moved to. Where it had moved, the browser has a newer cookie,
 * which may by now be that of another sign-in: this request sets none.
 */
async function invalidate(engine: Engine, state: State, intent: Intent): Promise<Outcome> {
  if (state.kind === 'unavailable') throw state.error
  if (state.kind === 'ended') return { state: { ...state, owner: undefined }, wrote: false }
  if (state.kind === 'visitor') {
    await removeCorrupt(engine, state)
    return { state, wrote: false }
  }
  const { owner } = state.stored.record
  const attempt = new Attempt(engine, state, intent)
  let target = state.kind === 'sealed' ? state.end : state.stored
  for (;;) {
    if (target.record.owner !== owner) throw refuseMoved(engine, state.stored.key)
    if (!target.record.successor && (await attempt.end(target))) {
      engine.emit({ type: 'session:invalidated', handle: target.key })
      const left = { ...ended(engine, state), owner: undefined }
      if (target.key !== state.stored.key) return { state: left, wrote: true }
      const anew = visitor(intent.next(), engine.now(), 'new')
      return { state: { ...anew, home: left.heir }, wrote: true }
    }
    const found = await find(engine, target.key, target.record.birth)
    if (found.kind === 'live') target = found.stored
    else if (found.kind === 'sealed') target = found.end
    else return { state: { ...ended(engine, state), owner: undefined }, wrote: false }
    await attempt.conflict(target.key)
  }
}

async function removeCorrupt(engine: Engine, state: StateOf<'visitor'>): Promise<void> {
  const remains = state.corrupt
  if (remains) await engine.store.destroy(remains.key, remains.record.version)
}

function ambiguousError(): SessionError {
  return new SessionError(
    'session-ambiguous',
    'The request carried several session cookies of this app. Remove the cookies of this site and try again.',
  )
}
