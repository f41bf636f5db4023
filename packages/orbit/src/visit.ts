import type { Context } from 'hono'
import type { Settings } from './config.ts'
import { type CarriedCookies, readCookies, sessionCookieName, writeCookie } from './cookies.ts'
import { tokenOf } from './csrf/token.ts'
import type { RunningEngine } from './engine.ts'
import type { SessionError } from './errors.ts'
import { handleOf, type Id, newRandom, readId, signId } from './session/id.ts'
import { find, open, type State, visitor } from './session/state.ts'
import { UnitOfWork } from './session/unit.ts'

/** A request with its cookies and its session. */
export interface Visit {
  readonly running: RunningEngine
  readonly carried: CarriedCookies
  readonly secure: boolean
  readonly unit: UnitOfWork
  /** Whether the request carried an id that we signed. */
  readonly isKnown: boolean
  /** The random part of an id that the request carried and whose time is over. */
  readonly expired: string | undefined
}

/** From the request's cookies to its session. A visitor costs no command of the store. */
export async function openVisit(
  c: Context,
  running: RunningEngine,
  settings: Settings,
  secure: boolean,
): Promise<Visit> {
  const { engine } = running
  const header = c.req.raw.headers.get('Cookie')
  const name = sessionCookieName(settings.cookie, secure)
  const carried = readCookies(header, name, settings.cookie.csrfName)
  const id = carriedId(running, carried)
  const state = await stateOf(running, id, settings)
  const unit = new UnitOfWork(engine, state, () => settings.touch(c))
  const isDead = id !== undefined && id !== 'ambiguous' && state.random !== id.random
  const expired = isDead ? id.random : undefined
  return { running, carried, secure, unit, isKnown: id !== undefined, expired }
}

/** A visit while the store cannot even tell the secret: the session is out of reach. */
export function unreachableVisit(running: RunningEngine, error: SessionError): Visit {
  const state: State = { kind: 'unavailable', random: newRandom(), error }
  const unit = new UnitOfWork(running.engine, state, () => false)
  const carried = { session: [], csrf: undefined }
  return { running, carried, secure: true, unit, isKnown: false, expired: undefined }
}

/** The one id among the cookies of our name that we signed. */
function carriedId(
  { engine, keyring }: RunningEngine,
  carried: CarriedCookies,
): Id | 'ambiguous' | undefined {
  if (carried.session.length === 0) return undefined
  const ids = [...new Set(carried.session)].flatMap((text) => readId(text, keyring) ?? [])
  if (ids.length > 1) {
    engine.emit({ type: 'session:unknown-id', reason: 'ambiguous' })
    return 'ambiguous'
  }
  if (ids.length === 0) engine.emit({ type: 'session:unknown-id', reason: 'not-ours' })
  return ids[0]
}

function stateOf(
  { engine }: RunningEngine,
  id: Id | 'ambiguous' | undefined,
  settings: Settings,
): State | Promise<State> {
  const now = engine.now()
  if (id === undefined) return visitor(newRandom(), now, 'new')
  if (id === 'ambiguous') return visitor(newRandom(), now, 'ambiguous')
  if (id.kind === 'stored') return open(engine, id)
  if (now >= id.issuedAt + settings.times.absolute) return visitor(newRandom(), now, 'new')
  return { kind: 'visitor', from: 'cookie', random: id.random, issuedAt: id.issuedAt }
}

/**
 * The cookies that the response must set: those that the browser should have and the request did
 * not carry. None where they could take the place of a newer session's.
 *
 * @param isFresh whether the commit that just ended wrote, so that the id stands for certain
 * @param isStrange whether another site sent the request: the browser may have kept our cookies back
 */
export async function cookiesOf(
  visit: Visit,
  settings: Settings,
  isFresh: boolean,
  isStrange: boolean,
): Promise<readonly string[]> {
  const { unit, running, carried, secure } = visit
  const { state } = unit
  const { engine, keyring } = running
  if (state.kind !== 'live' && state.kind !== 'visitor') return []
  if (state.kind === 'live' ? state.folded : state.from === 'ambiguous') return []
  if (isStrange && !unit.wrote && !visit.isKnown) return []

  const beganAt = state.kind === 'live' ? state.stored.record.createdAt : state.issuedAt
  const maxAgeSeconds = (beganAt + settings.times.absolute - engine.now()) / 1000
  const wanted: { kind: 'session' | 'csrf'; value: string }[] = []
  const id = idOf(state)
  if (id) {
    const value = signId(id, engine.keys)
    if (carried.session.length !== 1 || carried.session[0] !== value)
      wanted.push({ kind: 'session', value })
  }
  if (settings.csrf.enabled) {
    const value = tokenOf(state.random, keyring[0])
    if (carried.csrf !== value) wanted.push({ kind: 'csrf', value })
  }
  if (wanted.length === 0) return []
  const isNew = state.kind === 'visitor' && state.from === 'new'
  if (!isFresh && !isNew && !(await stillStands(visit))) return []
  return wanted.map((cookie) => writeCookie(settings.cookie, { ...cookie, secure, maxAgeSeconds }))
}

/** The id that belongs into the session cookie. A dead id stays there until something is written. */
function idOf(state: Extract<State, { kind: 'live' | 'visitor' }>): Id | undefined {
  const { random } = state
  if (state.kind === 'live') return { kind: 'stored', random, birth: state.stored.record.birth }
  if (state.from === 'dead') return undefined
  return { kind: 'visitor', random, issuedAt: state.issuedAt }
}

/** Whether nobody has moved, ended or begun the session since this request last looked. */
async function stillStands({ unit }: Visit): Promise<boolean> {
  const { state, engine } = unit
  try {
    if (state.kind === 'live') {
      const { key, record } = state.stored
      return (await find(engine, key, record.birth)).kind === 'live'
    }
    return (await find(engine, handleOf(state.random))).kind === 'nothing'
  } catch {
    return false
  }
}
