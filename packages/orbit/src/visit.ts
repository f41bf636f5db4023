import type { Context } from 'hono'
import { andThen } from './awaitable.ts'
import type { Settings } from './config.ts'
import type { CarriedCookies } from './cookies.ts'
import type { RunningEngine } from './engine-source.ts'
import { outsideError, SessionError } from './errors.ts'
import type { KnownId } from './known-ids.ts'
import { onDemand } from './on-demand.ts'
import { isWorkers, keepGoing } from './runtime.ts'
import type { Device } from './session/facts.ts'
import { isSameId, newRandom } from './session/id.ts'
import { idOf, type State, visitor } from './session/state.ts'
import type { Opening } from './session/transaction.ts'
import { type RequestOfUnit, UnitOfWork } from './session/unit.ts'
import type { RequestOfSessions } from './sessions.ts'
import type { Awaitable } from './stores/store.ts'

/** Loaded by a sign-in, if the app stores devices. */
const devicePart = onDemand(() => import('./devices/device.ts'))

/** The id that a request carries, and how its session is opened. */
export interface Carried {
  readonly cookies: CarriedCookies
  /** The id that the request carried, if we signed it. */
  readonly known: KnownId | undefined
  /** `undefined` for a request without an id. */
  readonly opening: Opening | undefined
}

/** A request with its cookies and its session. It creates only the parts that the request uses. */
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

  /** After this, nothing can change: the response is complete. */
  close(): void {
    this.#isClosed = true
    this.#unit?.close()
  }

  /** The next request with this id usually finds the session as this request leaves it. */
  remember(): void {
    const { known } = this
    if (!known || !this.#unit?.isLoaded) return
    const { state } = this.#unit
    const isLive = state.kind === 'live' && !state.isRebased
    const id = isLive ? idOf(state) : undefined
    known.remember(isLive && id && isSameId(known.id, id) ? state.stored : undefined)
  }

  isActivity(): boolean {
    return this.#settings.touch(this.#c)
  }

  device(): Awaitable<Device | undefined> {
    const { devices } = this.#settings
    if (!devices) return undefined
    return andThen(devicePart(), ({ deviceOf }) => deviceOf(this.#c, devices))
  }

  /**
   * The error of the handler. An `HTTPException` below 500 is not a failure but a response of the app. One of
   * our errors is always a failure, because a request that fails with 409 must have no effects.
   */
  failure(): Error | undefined {
    const { error } = this.#c
    if (error === undefined) return undefined
    return error instanceof SessionError || !isResponse(error) ? error : undefined
  }

  keepGoing(work: Promise<unknown>): void {
    if (isWorkers()) keepGoing(this.#c, work)
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
    this.keepGoing(promise)
    return this.unit.failures.watch(promise)
  }
}

/**
 * The public name of the request's session, if somebody is signed in.
 *
 * @throws {SessionError} if the session could not be read: `endOthers()` must not end that session
 */
function nameIn(state: State): string | undefined {
  if (state.kind === 'unavailable') throw state.error
  return 'stored' in state ? state.stored.record.name : undefined
}

/** Whether the browser withholds its cookie, because the path is outside of `cookie.path`. */
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
