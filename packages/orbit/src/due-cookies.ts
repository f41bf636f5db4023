import { andThen } from './awaitable.ts'
import type { Settings } from './config.ts'
import { writeCookie } from './cookies.ts'
import { tokenOf } from './csrf/token.ts'
import type { RunningEngine } from './engine-source.ts'
import { isSameId, signId } from './session/id.ts'
import { hasLeftOwner, idOf, isNew, type StateOf } from './session/state.ts'
import { absoluteEndOf } from './session/times.ts'
import type { Awaitable } from './stores/store.ts'
import type { Visit } from './visit.ts'

/**
 * The cookies that the response must set. There are none if they could replace the cookies of a newer session.
 *
 * @param running the engine that signs, with the secret that the store has now
 * @param isFresh whether the commit that has just ended wrote to the store, so the id certainly exists
 * @param isStrange whether another site sent the request: the browser may have withheld our cookies
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
  // No other request can know an id that was created for this request.
  const stands = (isFresh || isNew(state)) && !hasLeft
  if (wanted.length === 0 || stands) return wanted
  return andThen(
    andThen(engine.work(), (work) => work.stillStands(engine, state, wrote)),
    (stands) => (stands ? wanted : []),
  )
}

/** Whether this request has stored or moved a session, so that the browser needs its new id. */
export function isNewlyStored({ unit, known }: Visit): boolean {
  const id = unit.wrote && unit.state.kind === 'live' ? idOf(unit.state) : undefined
  return id !== undefined && !(known && isSameId(known.id, id))
}

/** The cookies that the browser should have and that the request did not carry. */
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
    const persistent = state.kind === 'live' ? state.stored.record.persistent : undefined
    wanted.push(writeCookie(settings.cookie, { kind, value, secure, maxAgeSeconds, persistent }))
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
