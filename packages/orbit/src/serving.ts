import type { Context } from 'hono'
import { env } from 'hono/adapter'
import { refuse, shown } from './checks.ts'
import type { SessionOptions, Settings } from './config.ts'
import { makeEngine } from './engine.ts'
import { SessionConfigError, SessionError } from './errors.ts'
import { resolveOptions } from './options.ts'
import { isWorkers } from './runtime.ts'
import type { Environment } from './secrets.ts'
import { returnedStores } from './stores/given.ts'
import type { CheckedStore, SessionStore } from './stores/store.ts'
import { type Surroundings, surroundingsOf } from './surroundings.ts'

/** The engine and the settings that handle a request. */
interface Serving {
  readonly settings: Settings
  readonly engine: ReturnType<typeof makeEngine>
}

/** What all requests of a middleware share, and how to get the engine of one request. */
interface Servings {
  readonly around: Surroundings
  /** Used before the first request, and for work outside of requests. */
  readonly atBoot: Serving
  of: (c: Context) => Serving
  close: () => Promise<void>
}

/**
 * Usually one engine handles all requests, and it is created at boot. If `session.store` is a function, the store
 * is known only within a request, and there is one engine for each store. On Cloudflare Workers, the secrets are also
 * known only within a request.
 */
export function makeServings(options: SessionOptions, app: Surroundings): Servings {
  const settings = resolveOptions(options, environmentOf(process.env))
  const around = surroundingsOf(settings, app)
  const own = settings.storeOf ? { ...settings, store: ofRequests } : settings
  const onWorkers = isWorkers()
  if (onWorkers) refuseDriver(settings)
  const atBoot = { settings, engine: makeEngine(own, around) }
  if (!onWorkers) warnOfSecret(settings, around)
  if (!onWorkers && !settings.storeOf) {
    return { around, atBoot, of: () => atBoot, close: atBoot.engine.close }
  }

  let shared: Serving | undefined
  let current: Settings | undefined = onWorkers ? undefined : settings
  const settle = (c: Context): Settings => {
    const found = resolveOptions(options, environmentOf({ ...process.env, ...env(c) }))
    warnOfSecret(found, around)
    if (!found.store && !found.storeOf) around.warn(memoryOnWorkers)
    return found
  }
  const perStore = servingPerStore(around)
  return {
    around,
    atBoot,
    of(c) {
      if (shared) return shared
      current ??= settle(c)
      if (current.storeOf) return perStore(current, current.storeOf(c))
      shared = { settings: current, engine: makeEngine(current, around) }
      return shared
    },
    async close() {
      await shared?.engine.close()
      await atBoot.engine.close()
    },
  }
}

/** With this many new stores in a row, the function probably makes a new store for each request. */
const manyStores = 100

/**
 * One engine for each store, or for each pair of stores while sessions move. It remembers which sessions it has
 * touched, and whether its store is unavailable.
 */
function servingPerStore(around: Surroundings): (settings: Settings, store: unknown) => Serving {
  const servings = new WeakMap<SessionStore, WeakMap<SessionStore, Serving>>()
  let newInARow = 0
  return (settings, given) => {
    const [store, from] = returnedStores('The result of session.store', given)
    const pairs = servings.get(store) ?? new WeakMap<SessionStore, Serving>()
    const known = pairs.get(from ?? store)
    newInARow = known ? 0 : newInARow + 1
    if (newInARow === manyStores) around.warn(newStoreEachTime)
    if (known) return known
    const serving = { settings, engine: makeEngine({ ...settings, store, from }, around) }
    servings.set(store, pairs.set(from ?? store, serving))
    return serving
  }
}

const newStoreEachTime = `session.store has returned a new store for each of ${manyStores} requests. Return the same store for the same binding. Otherwise each request has to find out again whether the store is unavailable.`

const memoryOnWorkers =
  'Sessions are in the memory of one isolate. Cloudflare runs an app in many isolates, so users are signed out at random. Set session.store to a store of @gravito/orbit/cloudflare.'

const noSecret =
  'No session secret is configured, so one was generated. Set session.secret or APP_KEY to at least 32 random bytes, so that cookies and forms stay valid if the store loses its data. Setting it signs users out only with the memory driver.'

function warnOfSecret({ secrets }: Settings, around: Surroundings): void {
  if (!secrets && process.env.NODE_ENV === 'production') around.warn(noSecret)
}

/** On Workers a connection belongs to one request, and there are no files. */
function refuseDriver({ driver, store, storeOf }: Settings): void {
  if (store || storeOf || driver === 'memory') return
  refuse(
    'session.driver',
    `is ${shown(driver)}, which does not run on Cloudflare Workers. Set session.store to a store of @gravito/orbit/cloudflare`,
  )
}

/** The store outside of requests, if `session.store` is a function. */
const ofRequests: CheckedStore = {
  load: refuseOutside,
  compareAndSet: refuseOutside,
  ready() {
    throw new SessionConfigError(
      'session.store is a function, so there is no store to check before the first request. Do not call ready().',
    )
  },
  close() {},
}

function refuseOutside(): never {
  throw new SessionError(
    'session-unavailable',
    'session.store is a function, so the store is known only within a request. Outside of requests, create the store yourself: sessionsOf(d1Store(env.DB), options).of(userId).',
  )
}

/** Written out in full, because bundlers replace exactly `process.env.NODE_ENV`. */
function environmentOf(given: Readonly<Record<string, unknown>>): Environment {
  const { APP_KEY, APP_PREVIOUS_KEYS, NODE_ENV } = given
  return {
    APP_KEY: textOf('APP_KEY', APP_KEY),
    APP_PREVIOUS_KEYS: textOf('APP_PREVIOUS_KEYS', APP_PREVIOUS_KEYS),
    NODE_ENV: textOf('NODE_ENV', NODE_ENV ?? process.env.NODE_ENV),
  }
}

/** A binding may be of any type, for example a secret of the Secrets Store, which must be awaited. */
function textOf(name: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  return refuse(name, `is ${shown(value)}; it must be a string, as wrangler secret put makes it`)
}
