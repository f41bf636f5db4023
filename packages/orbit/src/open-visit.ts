import type { Context } from 'hono'
import { andThen, atOnce, orElse } from './awaitable.ts'
import type { Settings } from './config.ts'
import { type CarriedCookies, nothingCarried, readCookies, sessionCookieName } from './cookies.ts'
import type { EngineSource, RunningEngine } from './engine-source.ts'
import { SessionError } from './errors.ts'
import { type KnownId, mostIds } from './known-ids.ts'
import { onDemand } from './on-demand.ts'
import { derivedFrom, isSameId, looksLikeAnId, newRandom } from './session/id.ts'
import { type State, visitor } from './session/state.ts'
import type { Opening } from './session/transaction.ts'
import type { RequestEngine } from './session/work.ts'
import type { Awaitable } from './stores/store.ts'
import { ignoreFailure } from './synchronous.ts'
import { type Carried, Visit } from './visit.ts'

const several = onDemand(() => import('./several-ids.ts'))

/** Gets the session from the cookies of the request. For a visitor, this makes no call to the store. */
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
  // A synchronous store is not called until the handler uses the session.
  return andThen(known.id.kind === 'stored' && opensAtOnce(engine, known), (isAtOnce) => {
    if (isAtOnce) {
      const { random } = known.id
      const open = () => {
        const state = stateOf(engine, known, settings, startedAt)
        const isLate = state instanceof Promise && !engine.store.isSynchronous
        return isLate ? noLongerAtOnce(random, state) : doubting(atOnce(state), doubt)
      }
      return { known, opening: { random, open } }
    }
    return andThen(stateOf(engine, known, settings), (state) => ({
      known,
      opening: doubting(state, doubt),
    }))
  })
}

/**
 * Whether the handler's first use can open the session without waiting: the store is synchronous, and
 * `ownerVersion` does not have to be called. Only the code for stored sessions can tell.
 */
function opensAtOnce(engine: RequestEngine, known: KnownId): Awaitable<boolean> {
  return orElse(
    () =>
      andThen(engine.work(), ({ mayCompare }) => {
        return engine.store.isSynchronous && !mayCompare?.(known.handle)
      }),
    () => false,
  )
}

/** The store was synchronous when the request began, but is not now. The handler cannot wait for it. */
function noLongerAtOnce(random: string, answer: unknown): State {
  ignoreFailure(answer)
  const message = 'The session store is not ready. Nothing is lost. Try again.'
  return { kind: 'unavailable', random, error: new SessionError('session-unavailable', message) }
}

/** If one of our ids opens nothing, the session has expired, or the store has lost its data. */
function doubting(state: State, doubt: () => void): State {
  if (state.kind === 'visitor' && state.from === 'dead') doubt()
  return state
}

/** A visit for which the secret cannot be loaded from the store. Its session is unavailable. */
export function unreachableVisit(
  c: Context,
  settings: Settings,
  running: RunningEngine,
  error: SessionError,
): Visit {
  const opening = { kind: 'unavailable', random: newRandom(), error } as const
  return withoutCookies(c, settings, running, opening)
}

/** A visit outside of the cookie path: no cookie is read or set. */
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

/** The ids in our cookies that we signed, without duplicates. It returns at most one more than the limit. */
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
