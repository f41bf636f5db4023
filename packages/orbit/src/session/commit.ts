import { endedError, SessionError } from '../errors.ts'
import { Attempt, ended, refuseMoved } from './attempt.ts'
import { isEmpty } from './contents.ts'
import { fold } from './fold.ts'
import { handleOf } from './id.ts'
import type { Intent, Outcome } from './intent.ts'
import { move, moveOn } from './move.ts'
import { Patience } from './patience.ts'
import { type Engine, find, type State, type StateOf, visitor } from './state.ts'
import { create, write } from './write.ts'

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
  if (isEmpty(contents)) return { state, wrote: false, contents }
  if (state.from === 'ambiguous') throw ambiguousError()
  const moves = attempt.intent.regenerate || attempt.ownerOf(contents) !== undefined
  const isNew = state.from === 'new'
  // An id that nobody has been given yet needs no other one.
  const home = isNew ? state.home : moves ? handleOf(state.random) : undefined
  const outcome =
    home === undefined
      ? await create(attempt, state.random, contents, !isNew)
      : await move(attempt, { kind: 'mark', key: home }, home)
  await removeUnreadable(attempt.engine, state)
  return outcome
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
    return move(attempt, { kind: 'alone' }, key)
  }
  if (state.kind === 'live') return fold(attempt, state, seal, true)
  throw attempt.refuse(key)
}

/** The session was ended under the request: only a login to somebody else begins a new one. */
async function changeEnded(attempt: Attempt, state: StateOf<'ended'>): Promise<Outcome> {
  if (attempt.intent.strict) throw endedError()
  const owner = attempt.ownerOf(attempt.replay())
  if (owner === undefined || owner === state.owner) return attempt.drop(state)
  const key = handleOf(state.heir)
  return move(attempt, { kind: 'mark', key }, key)
}

/**
 * Ends the session, wherever it has moved to. Where it had moved, the browser has a newer cookie,
 * which may by now be that of another sign-in: this request sets none.
 */
async function invalidate(engine: Engine, state: State, intent: Intent): Promise<Outcome> {
  if (state.kind === 'unavailable') throw state.error
  if (state.kind === 'ended') return { state: { ...state, owner: undefined }, wrote: false }
  if (state.kind === 'visitor') {
    await removeUnreadable(engine, state)
    return { state, wrote: false }
  }
  const { owner } = state.stored.record
  const patience = new Patience()
  let target = state.kind === 'sealed' ? state.end : state.stored
  for (;;) {
    if (target.record.owner !== owner) throw refuseMoved(engine, state.stored.key)
    if (await engine.store.destroy(target.key, target.record.version)) {
      engine.emit({ type: 'session:invalidated', handle: target.key })
      const left = { ...ended(engine, state), owner: undefined }
      if (target.key !== state.stored.key) return { state: left, wrote: true }
      const anew = visitor(intent.next, engine.now(), 'new')
      return { state: { ...anew, home: handleOf(left.heir) }, wrote: true }
    }
    const found = await find(engine, target.key, target.record.birth)
    if (found.kind === 'live') target = found.stored
    else if (found.kind === 'sealed') target = found.end
    else return { state: { ...ended(engine, state), owner: undefined }, wrote: false }
    await patience.pause()
  }
}

async function removeUnreadable(engine: Engine, state: StateOf<'visitor'>): Promise<void> {
  const remains = state.unreadable
  if (remains) await engine.store.destroy(remains.key, remains.record.version)
}

function ambiguousError(): SessionError {
  return new SessionError(
    'session-ambiguous',
    'The request carried several session cookies of this app. Remove the cookies of this site and try again.',
  )
}
