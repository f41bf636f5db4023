import type { Context } from 'hono'
import type { Settings } from './config.ts'
import { type CarriedCookies, readCookies, sessionCookieName, writeCookie } from './cookies.ts'
import { tokenOf } from './csrf/token.ts'
import type { EngineSource, RunningEngine } from './engine.ts'
import { SessionError } from './errors.ts'
import type { KnownId } from './known-ids.ts'
import { handleOf, heirOf, type Id, looksLikeAnId, newRandom, signId } from './session/id.ts'
import { type Engine, find, open, type State, type StateOf, visitor } from './session/state.ts'
import { UnitOfWork } from './session/unit.ts'
import { mostIds, type Opened, openSeveral } from './several-ids.ts'
import type { Awaitable } from './stores/store.ts'

/** A request with its cookies and its session. */
export interface Visit {
  readonly running: RunningEngine
  readonly carried: CarriedCookies
  /** The id that the request carried, if we signed it. */
  readonly known: KnownId | undefined
  readonly secure: boolean
  readonly unit: UnitOfWork
}

/** From the request's cookies to its session. A visitor costs no command of the store. */
export async function openVisit(
  c: Context,
  told: RunningEngine,
  settings: Settings,
  secure: boolean,
  reconsider: EngineSource['reconsider'],
): Promise<Visit> {
  const header = c.req.raw.headers.get('Cookie')
  const name = sessionCookieName(settings.cookie, secure)
  const carried = readCookies(header, name, settings.cookie.csrfName)
  let running = told
  let ids = knownIds(running, carried)
  if (ids.length === 0 && carried.session.some(looksLikeAnId)) {
    running = await reconsider(told)
    ids = knownIds(running, carried)
  }
  if (ids.length === 0 && carried.session.length > 0) {
    running.engine.emit({ type: 'session:unknown-id', reason: 'not-ours' })
  }
  const opened = openIds(running, ids, settings)
  const { known, state } = opened instanceof Promise ? await opened : opened
  const unit = new UnitOfWork(running.engine, state, {
    isActivity: () => settings.touch(c),
    failure: () => failureOf(c),
  })
  return { running, carried, known, secure, unit }
}

function openIds(
  running: RunningEngine,
  ids: readonly KnownId[],
  settings: Settings,
): Awaitable<Opened> {
  const [known] = ids
  if (ids.length > 1) {
    return openSeveral(running, ids, (engine, id) => stateOf(engine, id, settings))
  }
  const state = stateOf(running.engine, known, settings)
  return state instanceof Promise ? state.then((state) => ({ known, state })) : { known, state }
}

/** A visit while the store cannot even tell the secret: the session is out of reach. */
export function unreachableVisit(c: Context, running: RunningEngine, error: SessionError): Visit {
  const state: State = { kind: 'unavailable', random: newRandom(), error }
  const unit = new UnitOfWork(running.engine, state, {
    isActivity: () => false,
    failure: () => failureOf(c),
  })
  const carried = { session: [], csrf: [] }
  return { running, carried, known: undefined, secure: true, unit }
}

/** A visit outside of the path that browsers send the cookie to: nothing is read, nothing is set. */
export function outsideVisit(c: Context, running: RunningEngine): Visit {
  const state = visitor(newRandom(), running.engine.now(), 'outside')
  const unit = new UnitOfWork(running.engine, state, {
    isActivity: () => false,
    failure: () => failureOf(c),
  })
  return { running, carried: { session: [], csrf: [] }, known: undefined, secure: true, unit }
}

/**
 * What the handler failed with. An `HTTPException` below 500 is no failure but a response that the app
 * meant. An error of ours is one whatever its status: a refused 409 has no effects.
 */
function failureOf({ error }: Context): Error | undefined {
  if (error === undefined) return undefined
  return error instanceof SessionError || !isResponse(error) ? error : undefined
}

function isResponse(error: Error): boolean {
  return (
    'getResponse' in error &&
    'status' in error &&
    typeof error.status === 'number' &&
    error.status < 500
  )
}

/** The ids among the cookies of our name that we signed, each once; one more than count at the most. */
function knownIds({ ids }: RunningEngine, { session }: CarriedCookies): readonly KnownId[] {
  const found: KnownId[] = []
  for (const text of session) {
    const known = ids.read(text)
    if (!known) continue
    const same = found.findIndex(({ id }) => isSameId(id, known.id))
    if (same < 0) found.push(known)
    else if (known.isCurrent) found[same] = known
    if (found.length > mostIds) break
  }
  return found
}

function stateOf(
  engine: Engine,
  known: KnownId | undefined,
  settings: Settings,
): State | Promise<State> {
  const now = engine.now()
  if (!known) return visitor(newRandom(), now, 'new')
  const { id, handle } = known
  if (id.kind === 'stored') return open(engine, id, handle)
  if (now >= id.issuedAt + settings.times.absolute) {
    engine.emit({ type: 'session:expired', handle })
    const heir = heirOf({ random: id.random, birth: String(id.issuedAt) }, engine.keys)
    return visitor(heir, now, 'dead')
  }
  return { kind: 'visitor', from: 'cookie', random: id.random, issuedAt: id.issuedAt }
}

/**
 * The cookies that the response must set. None where they could take the place of a newer session's.
 *
 * @param isFresh whether the commit that just ended wrote, so that the id stands for certain
 * @param isStrange whether another site sent the request: the browser may have kept our cookies back
 */
export function cookiesOf(
  visit: Visit,
  settings: Settings,
  isFresh: boolean,
  isStrange: boolean,
): Awaitable<readonly string[]> {
  const wanted = wantedCookies(visit, settings, isStrange)
  if (wanted.length === 0 || isFresh) return wanted
  return stillStands(visit.unit).then((stands) => (stands ? wanted : []))
}

/** Those that the browser should have and the request did not carry. */
function wantedCookies(visit: Visit, settings: Settings, isStrange: boolean): readonly string[] {
  const { unit, running, carried, known, secure } = visit
  const { state } = unit
  const { engine, keyring } = running
  if (state.kind !== 'live' && state.kind !== 'visitor') return []
  if (state.kind === 'live' ? state.folded : isWithoutCookies(state)) return []
  if (isStrange && !unit.wrote && !known) return []

  const wanted: string[] = []
  const want = (kind: 'session' | 'csrf', value: string) => {
    const beganAt = state.kind === 'live' ? state.stored.record.createdAt : state.issuedAt
    const maxAgeSeconds = (beganAt + settings.times.absolute - engine.now()) / 1000
    wanted.push(writeCookie(settings.cookie, { kind, value, secure, maxAgeSeconds }))
  }
  const id = idOf(state)
  if (id && !(known?.isCurrent && isSameId(known.id, id))) want('session', signId(id, engine.keys))
  if (settings.csrf.enabled) {
    const isKnown = known?.id.random === state.random
    const value = isKnown ? known.token : tokenOf(state.random, keyring[0])
    if (!carried.csrf.includes(value)) want('csrf', value)
  }
  return wanted
}

function isWithoutCookies({ from }: StateOf<'visitor'>): boolean {
  return from === 'ambiguous' || from === 'outside'
}

/** Whether two ids are the same one. Both are verified, so time tells nothing. */
function isSameId(a: Id, b: Id): boolean {
  if (a.random !== b.random) return false
  if (a.kind === 'stored') return b.kind === 'stored' && a.birth === b.birth
  return b.kind === 'visitor' && a.issuedAt === b.issuedAt
}

/** The id that belongs into the session cookie. A dead id stays there until something is written. */
function idOf(state: Extract<State, { kind: 'live' | 'visitor' }>): Id | undefined {
  const { random } = state
  if (state.kind === 'live') return { kind: 'stored', random, birth: state.stored.record.birth }
  if (state.from === 'dead') return undefined
  return { kind: 'visitor', random, issuedAt: state.issuedAt }
}

/**
 * Whether no other request has moved, ended or begun the session since this one last looked. A record
 * under an id derived from a dead one is no reason to keep the token back: the response that carried
 * its cookie may be lost, and without a token its user could not sign in.
 */
async function stillStands(unit: UnitOfWork): Promise<boolean> {
  const { state, engine } = unit
  try {
    if (state.kind === 'live') {
      const { key, record } = state.stored
      return (await find(engine, key, record.birth)).kind === 'live'
    }
    if (state.kind !== 'visitor' || state.isLate) return false
    const random = state.from === 'new' ? state.home : state.random
    if (random === undefined) return true
    const { kind } = await find(engine, handleOf(random))
    return kind === 'nothing' || (kind === 'live' && state.from === 'dead')
  } catch (error) {
    // A session that was stored without its cookie would be a promise not kept.
    if (unit.wrote) throw error
    return false
  }
}
