import type { Change } from '../../../packages/orbit/src/session/changes.ts'
import type { Engine } from '../../../packages/orbit/src/session/engine.ts'
import type { Outcome } from '../../../packages/orbit/src/session/intent.ts'
import type { Found, Stored } from '../../../packages/orbit/src/session/lookup.ts'
import type { OwnerLimit } from '../../../packages/orbit/src/session/owner-sessions.ts'
import type { StoredSession } from '../../../packages/orbit/src/session/record.ts'
import type { State } from '../../../packages/orbit/src/session/state.ts'
import type { SessionStore } from '../../../packages/orbit/src/stores/store.ts'
import { Scheduler } from '../scheduler.ts'
import type { Modules } from './modules.ts'

/** The owner of the sessions in these cases, and another user. */
export const ada = 'ada'
export const grace = 'grace'

/** The part of a browser's cookie that is needed to open the session. */
export interface Cookie {
  readonly random: string
  readonly instance: string
}

/** Where a process stops forever: before or after its store call with that number. */
export interface Crash {
  readonly at: number
  readonly isDone: boolean
}

const day = 86_400_000

/** Several processes on one store, and the sessions of one owner in it. */
export class OwnerWorld {
  readonly scheduler: Scheduler
  readonly modules: Modules
  readonly store: SessionStore
  time = 1_800_000_000_000
  readonly #limit: OwnerLimit
  readonly #keyring

  constructor(modules: Modules, picks: readonly number[], limit: OwnerLimit) {
    this.modules = modules
    this.scheduler = new Scheduler(picks)
    this.#limit = limit
    this.store = modules.memoryStore({ now: () => this.time })
    this.#keyring = modules.makeKeyring(['a secret of the tests, long enough for all'], 'session')
  }

  /** The engine of one process. After a crash, its later calls have no effect and never resolve. */
  engine(crash?: Crash, onCrash: () => void = () => {}): Engine {
    const { modules } = this
    const longest = { idle: day, absolute: 7 * day }
    const times = { ...longest, touchInterval: 60_000, grace: 10_000, longest }
    const now = () => this.time
    const store = { ...this.#gated(crash, onCrash), isSynchronous: false }
    const queue = new modules.Queue(2_000)
    const base = { store, times, now, maxBytes: 65_536, emit: () => {}, queue }
    const index = new modules.OwnerIndex(base, this.#limit)
    return {
      ...base,
      keys: this.#keyring[0],
      owners: new modules.Owners(['userId'], 'session'),
      index: () => index,
      versions: () => undefined,
    }
  }

  readonly #keys = new Set<string>()

  /** The active sessions in the store, whether or not a browser has their cookie. */
  async living(engine: Engine): Promise<readonly StoredSession[]> {
    const found = await Promise.all([...this.#keys].map((key) => this.modules.find(engine, key)))
    return found.flatMap((one) => (one.kind === 'live' ? one.stored.record : []))
  }

  #gated(crash: Crash | undefined, onCrash: () => void): SessionStore {
    const { store, scheduler } = this
    let calls = 0
    let hasCrashed = false
    const call = async <T>(run: () => T): Promise<Awaited<T>> => {
      if (hasCrashed) return never()
      const isLast = scheduler.isHolding && calls === crash?.at
      if (scheduler.isHolding) calls += 1
      if (isLast && !crash?.isDone) {
        hasCrashed = true
        onCrash()
        return never()
      }
      const result = await scheduler.step(run)
      if (isLast) {
        hasCrashed = true
        onCrash()
        return never()
      }
      return result
    }
    return {
      load: (key) => call(() => store.load(key)),
      compareAndSet: (key, version, next) =>
        call(() => {
          if (!key.startsWith('owner-')) this.#keys.add(key)
          return store.compareAndSet(key, version, next)
        }),
      close: () => {},
    }
  }

  /** The state of a request with that cookie, or without a cookie. */
  async opened(engine: Engine, cookie: Cookie | undefined): Promise<State> {
    const { modules } = this
    if (!cookie) return modules.visitor(modules.newRandom(), this.time, 'new')
    const id = { kind: 'stored', ...cookie } as const
    return modules.open(engine, id, modules.handleOf(cookie.random))
  }

  /** One commit, as a request makes it. */
  async commit(
    engine: Engine,
    state: State,
    wish: { changes?: readonly Change[]; regenerate?: boolean; invalidate?: boolean },
    startedAt = this.time,
  ): Promise<Outcome> {
    const { changes = [], regenerate = false, invalidate = false } = wish
    const random = this.modules.newRandom()
    const next = () => random
    const device = () => undefined
    const whole = { changes, regenerate, invalidate, next, device, startedAt }
    const intent = { ...whole, active: true, atOnce: false }
    return this.modules.commit(engine, state, intent)
  }

  /** A complete sign-in. */
  async signIn(engine: Engine, owner: string, cookie?: Cookie): Promise<Cookie | undefined> {
    const state = await this.opened(engine, cookie)
    const change = { op: 'put', key: 'userId', value: owner } as const
    return cookieOf((await this.commit(engine, state, { changes: [change] })).state)
  }

  /** The session that the cookie opens. */
  async find(engine: Engine, { random, instance }: Cookie): Promise<Found> {
    return this.modules.find(engine, this.modules.handleOf(random), instance)
  }
}

/** The cookie that a response sets after a commit. */
export function cookieOf(state: State): Cookie | undefined {
  if (state.kind !== 'live' || state.isRebased) return undefined
  return { random: state.random, instance: state.stored.record.instance }
}

/** The active session, under the id that it has moved to. */
export function liveIn(found: Found): Stored | undefined {
  if (found.kind === 'moved') return found.end
  return found.kind === 'live' ? found.stored : undefined
}

function never(): Promise<never> {
  return new Promise(() => {})
}
