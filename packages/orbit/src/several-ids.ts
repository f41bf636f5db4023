import type { RunningEngine } from './engine-source.ts'
import type { SessionEvent } from './events.ts'
import { type KnownId, mostIds } from './known-ids.ts'
import { newRandom } from './session/id.ts'
import { readLoaded } from './session/loaded.ts'
import { type State, visitor } from './session/state.ts'
import type { RequestEngine } from './session/work.ts'
import type { Awaitable } from './stores/store.ts'

/**
 * For a request with several cookies of our name, each with an id that we signed.
 *
 * This happens after a change of `cookie.domain` or `cookie.path`: the browser keeps the old cookie and sends
 * both. If the name has no `__Host-` prefix, a sibling subdomain can also set one. The order in the header
 * proves nothing, so the store decides. If exactly one of the sessions is active, the request uses it. If two are
 * active, it is unknown which one belongs to the user, so the request uses neither.
 */

/** The state that a request starts with, and the id of the cookie that it uses, if it uses one. */
export interface Opened {
  readonly known: KnownId | undefined
  readonly state: State
}

interface Candidate {
  readonly known: KnownId
  readonly state: State
  /** The events of its look-up. They are emitted only if this id is used. */
  readonly events: readonly SessionEvent[]
}

/** Looks up all ids at once and returns the one to use. */
export async function openSeveral(
  { engine }: RunningEngine,
  ids: readonly KnownId[],
  open: (engine: RequestEngine, known: KnownId) => Awaitable<State>,
): Promise<Opened> {
  const decided =
    ids.length > mostIds
      ? 'too-many'
      : decide(await Promise.all(ids.map((known) => lookUp(engine, known, open))))
  if (typeof decided === 'string') {
    engine.emit({ type: 'session:unknown-id', reason: decided })
    return { known: undefined, state: visitor(newRandom(), engine.now(), 'ambiguous') }
  }
  for (const event of decided.events) engine.emit(event)
  if (isSession(decided.state)) engine.emit({ type: 'session:unknown-id', reason: 'duplicate' })
  return decided
}

async function lookUp(
  engine: RequestEngine,
  known: KnownId,
  open: (engine: RequestEngine, known: KnownId) => Awaitable<State>,
): Promise<Candidate> {
  const events: SessionEvent[] = []
  const emit = (event: SessionEvent) => {
    events.push(event)
  }
  const quiet = { ...engine, emit }
  const state = await open(quiet, known)
  // A record that cannot be read does not count as an active session.
  const isStored = state.kind === 'live' || state.kind === 'moved'
  return { known, state: isStored ? readLoaded(quiet, state).state : state, events }
}

/**
 * Decides which id is used. If one cannot be looked up, it may belong to an active session, so the request must not
 * continue as another user. A moved session counts as the session that it moved to.
 */
function decide(candidates: readonly Candidate[]): Candidate | 'ambiguous' {
  const unavailable = candidates.find(({ state }) => state.kind === 'unavailable')
  if (unavailable) return unavailable
  const sessions = candidates.filter(({ state }) => isSession(state))
  if (new Set(sessions.map(({ state }) => endOf(state))).size > 1) return 'ambiguous'
  const counts =
    sessions.find(({ state }) => state.kind === 'live') ?? sessions[0] ?? latest(candidates)
  return counts ?? 'ambiguous'
}

function isSession(state: State): boolean {
  return state.kind === 'live' || state.kind === 'moved'
}

/** The key of the session that an id leads to. */
function endOf(state: State): string | undefined {
  if (state.kind === 'moved') return state.end.key
  return state.kind === 'live' ? state.stored.key : undefined
}

/**
 * The visitor's id that was issued last. Without one, any of the dead ids. If one of their sessions ended
 * recently, newer cookies may be on their way, and this request must not overwrite them.
 */
function latest(candidates: readonly Candidate[]): Candidate | undefined {
  const issuedAt = ({ known: { id } }: Candidate) => (id.kind === 'visitor' ? id.issuedAt : 0)
  const [first] = [...candidates].sort((a, b) => issuedAt(b) - issuedAt(a))
  const isLate = candidates.some(({ state }) => state.kind === 'visitor' && state.isLate)
  if (!isLate || first?.state.kind !== 'visitor') return first
  return { ...first, state: { ...first.state, isLate } }
}
