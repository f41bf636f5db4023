import type { Context } from 'hono'
import { andThen, atOnce, orElse } from './awaitable.ts'
import type { Settings } from './config.ts'
import {
  type CarriedCookies,
  nothingCarried,
  readCookies,
  sessionCookieName,
  writeCookie,
} from './cookies.ts'
import { tokenOf } from './csrf/token.ts'
import type { EngineSource, RunningEngine } from './engine-source.ts'
import { outsideError, SessionError } from './errors.ts'
import { type KnownId, mostIds } from './known-ids.ts'
import { onDemand } from './on-demand.ts'
import { derivedFrom, type Id, looksLikeAnId, newRandom, signId } from './session/id.ts'
import { hasLeftOwner, isNew, type State, type StateOf, visitor } from './session/state.ts'
import { absoluteEndOf } from './session/times.ts'
import type { Opening } from './session/transaction.ts'
import { type RequestOfUnit, UnitOfWork } from './session/unit.ts'
import type { RequestEngine } from './session/work.ts'
import type { RequestOfSessions } from './sessions.ts'
import type { Awaitable } from './stores/store.ts'

const several = onDemand(() => import('./several-ids.ts'))

/** What a request carries for a session, and how it is opened. */
interface Carried {
  readonly cookies: CarriedCookies
  /** The id that the request carried, if we signed it. */
  readonly known: KnownId | undefined
  /** Nothing for a request without an id. */
  readonly opening: Opening | undefined
}

/** A request with its cookies and its session. What a request does not use is not made. */
export class Visit implements RequestOfUnit, RequestOfSessions {
  readonly running: RunningEngine
  readonly known: KnownId | undefined
  readonly secure: boolean
  carried: CarriedCookies
  readonly #opening: Opening | undefined
  readonly #startedAt: number
  readonly #c: Context
  readonly #settings: Settings
  #unit: UnitOfWork | undefined
  #isClosed = false

  constructor(
    c: Context,
    settings: Settings,
    running: RunningEngine,
    secure: boolean,
    { cookies, known, opening }: Carried,
  ) {
    this.running = running
    this.secure = secure
    this.carried = cookies
    this.known = known
    this.#opening = opening
    this.#startedAt = running.engine.now()
    this.#c = c
    this.#settings = settings
  }

  get unit(): UnitOfWork {
    if (this.#unit) return this.#unit
    const opening = this.#opening ?? visitor(newRandom(), this.#startedAt, 'new')
    this.#unit = new UnitOfWork(this.running.engine, opening, this, this.#startedAt)
    if (this.#isClosed) this.#unit.close()
    return this.#unit
  }

  /** Whether the response depends on the session. */
  get isUsed(): boolean {
    return this.#unit?.started === true && !this.#unit.isRefused
  }

  /** From here on nothing can change: the response has been made. */
  close(): void {
    this.#isClosed = true
    this.#unit?.close()
  }

  /** The next request with this id most often finds the session as this one leaves it. */
  remember(): void {
    const { state } = this.unit
    if (state.kind !== 'live' || state.isRebased) return
    const id = idOf(state)
    if (id && this.known && isSameId(this.known.id, id)) this.known.remember(state.stored)
  }

  isActivity(): boolean {
    return this.#settings.touch(this.#c)
  }

  /**
   * What the handler failed with. An `HTTPException` below 500 is no failure but a response that the app
   * meant. An error of ours is one whatever its status: a refused 409 has no effects.
   */
  failure(): Error | undefined {
    const { error } = this.#c
    if (error === undefined) return undefined
    return error instanceof SessionError || !isResponse(error) ? error : undefined
  }

  current(): string | undefined {
    return nameIn(this.unit.state)
  }

  spared(): string | undefined {
    const { state } = this.unit
    if (isOutside(state)) throw outsideError()
    return nameIn(state)
  }

  watch<T>(promise: Promise<T>): Promise<T> {
    return this.unit.failures.watch(promise)
  }
}

/**
 * The public name of the request's session, if somebody is signed in.
 *
 * @throws {SessionError} if the session could not be read: `endOthers()` must not end that one
 */
function nameIn(state: State): string | undefined {
  if (state.kind === 'unavailable') throw state.error
  return 'stored' in state ? state.stored.record.name : undefined
}

/** Whether the browser keeps its cookie back, because the path is outside of `cookie.path`. */
function isOutside(state: State): boolean {
  return state.kind === 'visitor' && state.from === 'outside'
}

function isResponse(error: Error): boolean {
  return (
    'getResponse' in error &&
    'status' in error &&
    typeof error.status === 'number' &&
    error.status < 500
  )
}

/** From the request's cookies to its session. A visitor costs no call of the store. */
export function openVisit(
  c: Context,
  running: RunningEngine,
  settings: Settings,
  secure: boolean,
  source: EngineSource,
): Awaitable<Visit> {
  const header = c.req.raw.headers.get('Cookie')
  const name = sessionCookieName(settings.cookie, secure)
  const cookies = readCookies(header, name, settings.cookie.csrfName)
  const ids = knownIds(running, cookies)
  const open = (running: RunningEngine, ids: readonly KnownId[]): Awaitable<Visit> => {
    if (ids.length === 0 && cookies.session.length > 0) {
      running.engine.emit({ type: 'session:unknown-id', reason: 'not-ours' })
    }
    return andThen(
      openIds(running, ids, settings, source.doubt),
      (opened) => new Visit(c, settings, running, secure, { cookies, ...opened }),
    )
  }
  if (ids.length > 0 || !cookies.session.some(looksLikeAnId)) return open(running, ids)
  return orElse(
    () => andThen(source.reconsider(running), (found) => open(found, knownIds(found, cookies))),
    (error) => {
      if (error instanceof SessionError) return unreachableVisit(c, settings, running, error)
      throw error
    },
  )
}

function openIds(
  running: RunningEngine,
  ids: readonly KnownId[],
  settings: Settings,
  doubt: () => void,
): Awaitable<Pick<Carried, 'known' | 'opening'>> {
  const [known] = ids
  const { engine } = running
  if (!known) return { known, opening: undefined }
  if (ids.length > 1) {
    const open = (engine: RequestEngine, id: KnownId) => stateOf(engine, id, settings)
    const opened = andThen(several(), (part) => part.openSeveral(running, ids, open))
    return andThen(opened, ({ known, state }) => ({ known, opening: state }))
  }
  const startedAt = engine.now()
  // A synchronous store is not called before the handler uses the session.
  return andThen(known.id.kind === 'stored' && isSynchronous(engine), (isSynchronous) => {
    if (isSynchronous) {
      const open = () => doubting(atOnce(stateOf(engine, known, settings, startedAt)), doubt)
      return { known, opening: { random: known.id.random, open } }
    }
    return andThen(stateOf(engine, known, settings), (state) => ({
      known,
      opening: doubting(state, doubt),
    }))
  })
}

/** Whether the store answers at once. The part of the code that is loaded for stored sessions can tell. */
function isSynchronous(engine: RequestEngine): Awaitable<boolean> {
  return orElse(
    () => andThen(engine.work(), () => engine.store.isSynchronous),
    () => false,
  )
}

/** An id of ours that opens nothing: the session has expired, or the store has lost its data. */
function doubting(state: State, doubt: () => void): State {
  if (state.kind === 'visitor' && state.from === 'dead') doubt()
  return state
}

/** A visit while the secret cannot be loaded from the store. The session is unavailable. */
export function unreachableVisit(
  c: Context,
  settings: Settings,
  running: RunningEngine,
  error: SessionError,
): Visit {
  const opening = { kind: 'unavailable', random: newRandom(), error } as const
  return withoutCookies(c, settings, running, opening)
}

/** A visit outside of the path that browsers send the cookie to: nothing is read, nothing is set. */
export function outsideVisit(c: Context, settings: Settings, running: RunningEngine): Visit {
  const opening = visitor(newRandom(), running.engine.now(), 'outside')
  return withoutCookies(c, settings, running, opening)
}

function withoutCookies(
  c: Context,
  settings: Settings,
  running: RunningEngine,
  opening: Opening,
): Visit {
  const carried = { cookies: nothingCarried, known: undefined, opening }
  return new Visit(c, settings, running, true, carried)
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

/** @param startedAt when the request began, if this is called later */
function stateOf(
  engine: RequestEngine,
  known: KnownId,
  settings: Settings,
  startedAt?: number,
): Awaitable<State> {
  const now = engine.now()
  const { id, handle } = known
  if (id.kind === 'stored') {
    return orElse(
      () => andThen(engine.work(), ({ open }) => open(engine, id, handle, startedAt, known.stored)),
      (error) => {
        if (error instanceof SessionError) return { kind: 'unavailable', random: id.random, error }
        throw error
      },
    )
  }
  if (now >= id.issuedAt + settings.times.absolute) {
    engine.emit({ type: 'session:expired', handle })
    const dead = { random: id.random, instance: String(id.issuedAt) }
    return visitor(derivedFrom(dead, engine.keys), now, 'dead')
  }
  return { kind: 'visitor', from: 'cookie', random: id.random, issuedAt: id.issuedAt }
}

/**
 * The cookies that the response must set. None where they could take the place of a newer session's.
 *
 * @param running the engine that signs: of the secret that the store keeps now
 * @param isFresh whether the commit that just ended wrote, so that the id stands for certain
 * @param isStrange whether another site sent the request: the browser may have kept our cookies back
 */
export function cookiesOf(
  visit: Visit,
  running: RunningEngine,
  settings: Settings,
  isFresh: boolean,
  isStrange: () => boolean,
): Awaitable<readonly string[]> {
  const wanted = wantedCookies(visit, running, settings, isStrange)
  const { state, engine, wrote } = visit.unit
  const hasLeft = hasLeftOwner(state)
  // Nobody knows an id that was drawn for this request.
  const stands = (isFresh || isNew(state)) && !hasLeft
  if (wanted.length === 0 || stands) return wanted
  return andThen(
    andThen(engine.work(), (work) => work.stillStands(engine, state, wrote)),
    (stands) => (stands ? wanted : []),
  )
}

/** Whether this request has stored a session, or moved it, so that the browser needs its id. */
export function isNewlyStored({ unit, known }: Visit): boolean {
  const id = unit.wrote && unit.state.kind === 'live' ? idOf(unit.state) : undefined
  return id !== undefined && !(known && isSameId(known.id, id))
}

/** Those that the browser should have and the request did not carry. */
function wantedCookies(
  { unit, carried, known, secure }: Visit,
  running: RunningEngine,
  settings: Settings,
  isStrange: () => boolean,
): readonly string[] {
  const { state } = unit
  const { engine, keyring } = running
  if (state.kind !== 'live' && state.kind !== 'visitor') return []
  if (state.kind === 'live' ? state.isRebased : isWithoutCookies(state)) return []
  if (!unit.wrote && !known && isStrange()) return []

  const wanted: string[] = []
  const want = (kind: 'session' | 'csrf', value: string) => {
    const { times } = settings
    const end =
      state.kind === 'live'
        ? absoluteEndOf(state.stored.record, times)
        : state.issuedAt + times.absolute
    const maxAgeSeconds = (end - engine.now()) / 1000
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

/** Whether two ids are the same. Both are verified, so the time of the comparison reveals nothing. */
function isSameId(a: Id, b: Id): boolean {
  if (a.random !== b.random) return false
  if (a.kind === 'stored') return b.kind === 'stored' && a.instance === b.instance
  return b.kind === 'visitor' && a.issuedAt === b.issuedAt
}

/** The id that belongs into the session cookie. A dead id stays there until something is written. */
function idOf(state: Extract<State, { kind: 'live' | 'visitor' }>): Id | undefined {
  const { random } = state
  if (state.kind === 'live')
    return { kind: 'stored', random, instance: state.stored.record.instance }
  if (state.from === 'dead') return undefined
  return { kind: 'visitor', random, issuedAt: state.issuedAt }
}
