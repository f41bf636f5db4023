import type { Context } from 'hono'
import type { CookieSettings } from './cookies.ts'
import type { CsrfRefusal, SessionEvent } from './events.ts'
import type { OwnerVersion } from './session/owner-version.ts'
import type { Times } from './session/times.ts'
import type { FileStoreOptions } from './stores/file.ts'
import type { MemoryStoreOptions } from './stores/memory.ts'
import type { RedisStoreOptions } from './stores/redis.ts'
import type { SqlStoreOptions } from './stores/sql.ts'
import type { SqliteStoreOptions } from './stores/sqlite.ts'
import type { Awaitable, SessionStore } from './stores/store.ts'

/** The options of the session cookie, which carries the signed session id. */
export interface SessionCookieOptions {
  /** The name of the cookie, without a prefix. Default `session`. A Secure cookie gets a `prefix`. */
  name?: string | undefined
  /**
   * The path that browsers send the cookie to. Paths below it are included. Default `/`. Requests outside the
   * path have no session: reading returns no data, and a change throws `session-outside-path`.
   */
  path?: string | undefined
  /**
   * The path under which browsers see the app, if a proxy or `app.mount` removes it. If `/shop/cart` arrives as
   * `/cart`, set it to `/shop`. You need it only together with `path`. Default `/`.
   */
  publicPath?: string | undefined
  /**
   * The domain that browsers send the cookie to, including all hosts below it. Default: none, so browsers send the
   * cookie only to the host that set it (ASVS 3.3.3).
   */
  domain?: string | undefined
  /**
   * The `SameSite` attribute. Default `lax`. `none` is for apps that are embedded in other sites, and always makes
   * the cookie Secure.
   */
  sameSite?: 'lax' | 'strict' | 'none' | 'Lax' | 'Strict' | 'None' | undefined
  /**
   * Whether the cookie is Secure. Default: `true`, unless the request is plain http to localhost or a loopback
   * address, or `NODE_ENV` is `development` or `test`.
   */
  secure?: boolean | undefined
  /** Always `true`, because a script that can read the cookie can steal the session (ASVS 3.3.4). */
  httpOnly?: true | undefined
  /**
   * The prefix of the name of a Secure cookie. Default `__Host-`, or `__Secure-` if you set a `domain` or another
   * `path`. `false` means no prefix.
   */
  prefix?: '__Host-' | '__Secure-' | false | undefined
  /** Whether the browser deletes the cookie when it closes. Default `false`. Many browsers restore it with the tabs. */
  expireOnClose?: boolean | undefined
}

/** Why a request was refused, for `csrf.onError`. */
export interface CsrfFailure {
  /** The reason, for programs. */
  readonly reason: CsrfRefusal
  /** What happened and what to do, for people. */
  readonly message: string
}

/** Options of the CSRF protection. It checks every request that is not GET, HEAD, OPTIONS or TRACE. */
export interface CsrfOptions<CsrfName extends string = string> {
  /** Whether requests are checked and the token cookie is set. Default `true`. */
  enabled?: boolean | undefined
  /**
   * The name under which handlers find the token: `c.get('csrf')`. Default `csrf`. A second session in the same app
   * needs another name.
   */
  exposeAs?: CsrfName | undefined
  /** The request header that carries the token. Default `X-CSRF-Token`. `X-XSRF-TOKEN` is always accepted too. */
  headerName?: string | undefined
  /** The cookie that scripts read the token from. Default `XSRF-TOKEN`. It never gets a prefix. */
  cookieName?: string | undefined
  /** The form fields that may carry the token. Default `['_token', '_csrf']`. `csrf.field()` uses the first name. */
  fieldNames?: readonly [string, ...string[]] | undefined
  /**
   * The maximum number of bytes of a form that are searched for the token and held in memory. Default 65536: 64 KiB.
   * The handler still gets the whole body.
   */
  maxFormBytes?: number | undefined
  /** The time limit for these bytes to arrive, in seconds. After that, the request fails with 408. Default 10. */
  formTimeoutSeconds?: number | undefined
  /** Other origins whose requests are accepted, each in full: `https://app.example.com`. Default none. */
  trustedOrigins?: readonly string[] | undefined
  /** Whether requests from other hosts of the same site are accepted. Default `false`. */
  allowSameSite?: boolean | undefined
  /**
   * The requests that are not checked, for example webhooks that carry a signature: a list of exact paths, with or
   * without percent-encoding, or a function that returns a boolean or a promise of one. If the function throws, the
   * request fails. Default none.
   */
  ignore?: readonly string[] | ((c: Context) => Awaitable<boolean>) | undefined
  /**
   * Returns the response to a refused request. Default, and if it returns nothing: a 403 as JSON, or as a page if the
   * client prefers HTML. Example: `backIfStale` redirects a browser back to its form if the token was old. The function
   * may read the session. A change throws `session-committed`, because a refused request stores nothing.
   */
  onError?: ((c: Context, failure: CsrfFailure) => Awaitable<Response | undefined>) | undefined
  /** Whether the check only emits an event instead of refusing a request, so you can try it. Default `false`. */
  reportOnly?: boolean | undefined
}

/** Options that decide what each sign-in stores about its device. */
export interface DevicesOptions {
  /** Whether devices are stored. Default: yes, if the section `devices` exists. */
  enabled?: boolean | undefined
  /**
   * How much of the network address is stored. Default `network`: an IPv4 address without its last part, or the first
   * three groups of an IPv6 address. `full` stores the whole address. `none` stores nothing.
   */
  address?: 'network' | 'full' | 'none' | undefined
  /**
   * The proxies that may report the address of the client in `X-Forwarded-For`: the number of proxies in front of the
   * app, or a list of their networks, such as `['10.0.0.0/8']`. Default 0: the address of the connection. `true` is
   * refused, because any client can send that header.
   */
  trustProxy?: number | readonly string[] | undefined
}

/** Receives the warnings and errors of the session, one line each. For example `console`. */
export interface SessionLogger {
  /** Logs that something works, but that you should change it. */
  warn(message: string): void
  /** Logs that something failed. */
  error(message: string): void
}

/**
 * Returns the store of a request, or two stores, `[to, from]`, while sessions move. For Cloudflare Workers, whose
 * bindings are part of the request.
 */
export type StoreOfRequest = (
  c: Context,
) => SessionStore | readonly [to: SessionStore, from: SessionStore]

/** The names of the drivers. */
export type SessionDriver = 'memory' | 'file' | 'redis' | 'sqlite' | 'database' | 'cache'

/** The options of `session()` and `OrbitSession`, and of `config.session`. */
export interface SessionOptions<Name extends string = string, CsrfName extends string = string> {
  /**
   * Where sessions are stored. Default `memory`: in this process, so they are lost when it ends. `file` and `sqlite`
   * store them on one machine. `redis`, `database` and `cache` (the app's cache, such as `@gravito/stasis`) share them
   * between machines.
   */
  driver?: SessionDriver | undefined
  /**
   * A store instead of a driver: a custom store, or the result of a function such as `redisStore()`.
   *
   * While `moveSessions` moves sessions, pass two stores: `[to, from]`. Both are read, and new sessions are created in
   * `to`.
   *
   * On Cloudflare Workers, pass a function that returns the store of a request: `(c) => d1Store(c.env.DB)`. It is
   * called once per request, and must return the same store for the same binding.
   */
  store?:
    | SessionStore
    | readonly [to: SessionStore, from: SessionStore]
    | StoreOfRequest
    | undefined
  /**
   * The secret that signs the session ids: a string of at least 32 bytes. In a list, the first secret signs, and all of
   * them are accepted. Default: `APP_KEY` of the environment. The keys in `APP_PREVIOUS_KEYS`, separated by commas, are
   * accepted too. Without `APP_KEY`, a secret is generated and kept in the store, or for `memory` in the process.
   */
  secret?: string | readonly [string, ...string[]] | undefined
  /** The session cookie. */
  cookie?: SessionCookieOptions | undefined
  /**
   * How long a session stays valid when no request uses it, in seconds. Default 1800: 30 minutes. It may stay valid
   * longer, up to the touch interval.
   */
  idleTimeoutSeconds?: number | undefined
  /**
   * How long a session stays valid, even if it is in use, in seconds. Default 604800: 7 days. A change of user
   * restarts the time. `regenerate()` does not.
   */
  absoluteTimeoutSeconds?: number | undefined
  /**
   * The longest `idleTimeoutSeconds` that `signIn()` may set, in seconds. Without it, the maximum is
   * `maxAbsoluteTimeoutSeconds` if you set that option, and otherwise `idleTimeoutSeconds`.
   */
  maxIdleTimeoutSeconds?: number | undefined
  /**
   * The longest `absoluteTimeoutSeconds` that `signIn()` may set, in seconds. For example, 2592000 allows "remember
   * me" for 30 days. Without it, the maximum is `absoluteTimeoutSeconds`, or `maxIdleTimeoutSeconds` if that is longer.
   * If you lower it, existing sessions end earlier too.
   */
  maxAbsoluteTimeoutSeconds?: number | undefined
  /** The minimum time between two activity writes, in seconds. Default 60. Capped at one tenth of the idle timeout. */
  touchIntervalSeconds?: number | undefined
  /**
   * Decides whether a request counts as activity. Default: every request does. With `(c) => c.req.path !== '/poll'`,
   * polling does not keep users signed in. It must be synchronous: an async function is refused.
   */
  touch?: ((c: Context) => boolean) | undefined
  /**
   * How long the old id can still read the session after the session has moved to a new id, in seconds. Default 10.
   * With 0, the old id is refused at once.
   */
  regenerateGraceSeconds?: number | undefined
  /** The maximum size of one stored session, in bytes. Default 65536: 64 KiB. */
  maxBytes?: number | undefined
  /** The maximum number of active sessions of one user. Default 1000, which is also the highest allowed value. */
  maxSessionsPerOwner?: number | undefined
  /**
   * What a sign-in does if the user already has `maxSessionsPerOwner` sessions. Default `end-oldest`: it ends the
   * session with the oldest sign-in. With `refuse`, the sign-in fails with 409 (`session-limit`), and no session ends.
   */
  sessionsOverLimit?: 'end-oldest' | 'refuse' | undefined
  /** Options of the `memory` driver. */
  memory?: MemoryStoreOptions | undefined
  /** Options of the `file` driver. */
  file?: FileStoreOptions | undefined
  /** Options of the `redis` driver. */
  redis?: RedisStoreOptions | undefined
  /** Options of the `sqlite` driver. */
  sqlite?: SqliteStoreOptions | undefined
  /** Options of the `database` driver: PostgreSQL, MariaDB or MySQL, through the client of your app. */
  database?: SqlStoreOptions | undefined
  /** For the `cache` driver in a Gravito app: the name of the cache. Default `cache`. */
  cacheKey?: string | undefined
  /** Options of flash messages. */
  flash?:
    | {
        /**
         * When a flash message is removed. `next-request`, the default, removes it after the next request that uses
         * the session. `until-read` keeps it until a handler reads it with `getFlash`.
         */
        lifetime?: 'next-request' | 'until-read' | undefined
      }
    | undefined
  /** The CSRF protection. `false` is short for `{ enabled: false }`. */
  csrf?: CsrfOptions<CsrfName> | boolean | undefined
  /**
   * The key under which the session stores the id of the user. `signIn` sets it. Default `userId`. If you put another
   * value under this key, that is a sign-in too. In a list, the first key with a value identifies the user, and
   * `signIn` sets the first key of the list.
   */
  ownerKey?: string | readonly [string, ...string[]] | undefined
  /**
   * Returns a version of the user, for example a part of the password hash. A sign-in stores a digest of it. If the
   * function later returns another version, or `null` because the user no longer exists, the session ends.
   *
   * It is called at a sign-in, by `confirm()`, and about once per session and process in `touchIntervalSeconds`. If it
   * throws or takes longer than one second (or `redis.timeoutMs`, if that is longer), requests that use the session
   * fail with 503. The second argument is the key under which the session stores the id.
   */
  ownerVersion?: OwnerVersion | undefined
  /** Stores the device of each sign-in, for a page that lists the devices. `true` is short for `{ enabled: true }`. */
  devices?: DevicesOptions | boolean | undefined
  /** The name under which handlers find the session: `c.get('session')`. Default `session`. */
  exposeAs?: Name | undefined
  /** A function that receives every event, for logs and metrics. If it throws, the request continues. */
  onEvent?: ((event: SessionEvent) => void) | undefined
  /**
   * Where warnings and errors are written, for example about a failed store or a missing secret. Default `console`. In
   * a Gravito app, the default is the logger of the core.
   */
  logger?: SessionLogger | undefined
  /**
   * The clock, for tests. It returns milliseconds since the epoch and must be synchronous. Default `Date.now`, read at
   * each request.
   */
  now?: (() => number) | undefined
}

/** These options, each with a value. */
type WithDefaults<Options, Name extends keyof Options> = {
  readonly [Key in Name]-?: Exclude<Options[Key], undefined>
}

/** The options that have another form in the settings. */
type Reshaped =
  | ('driver' | 'store' | 'memory' | 'file' | 'redis' | 'sqlite' | 'database')
  | ('secret' | 'cookie' | 'csrf')
  | ('idleTimeoutSeconds' | 'absoluteTimeoutSeconds' | 'touchIntervalSeconds')
  | ('maxIdleTimeoutSeconds' | 'maxAbsoluteTimeoutSeconds' | 'ownerVersion' | 'devices')
  | ('regenerateGraceSeconds' | 'flash' | 'ownerKey' | 'logger' | 'now')

/** The checked options, with their defaults. */
export interface Settings
  extends WithDefaults<SessionOptions, Exclude<keyof SessionOptions, Reshaped>> {
  /** Without `cache`: that driver has become a `store`. */
  readonly driver: Exclude<SessionDriver, 'cache'>
  readonly store: SessionStore | undefined
  /** The store that sessions move from. */
  readonly from: SessionStore | undefined
  /** If the store depends on the request. */
  readonly storeOf: StoreOfRequest | undefined
  readonly memory: MemoryStoreOptions
  readonly file: FileStoreOptions
  readonly redis: RedisStoreOptions
  readonly sqlite: SqliteStoreOptions
  readonly database: SqlStoreOptions | undefined
  /** The time limit of a store call, in milliseconds. */
  readonly storeTimeout: number
  readonly secrets: readonly [string, ...string[]] | undefined
  readonly cookie: CookieSettings
  readonly times: Times
  readonly flashLifetime: 'next-request' | 'until-read'
  readonly csrf: CsrfSettings
  /** Neither production nor a test. */
  readonly isDevelopment: boolean
  readonly ownerKeys: readonly [string, ...string[]]
  readonly ownerVersion: OwnerVersion | undefined
  /** `undefined` if devices are not stored. */
  readonly devices: DevicesSettings | undefined
  readonly logger: SessionLogger | undefined
  readonly now: () => number
  /** The `now` of the options. */
  readonly clock: (() => number) | undefined
}

/** The device options in the form that a sign-in needs. */
export interface DevicesSettings {
  readonly address: 'network' | 'full' | 'none'
  readonly trustProxy: number | readonly string[]
}

/** The CSRF options in the form that the check needs for each request. */
export interface CsrfSettings
  extends WithDefaults<
    CsrfOptions,
    'enabled' | 'exposeAs' | 'fieldNames' | 'maxFormBytes' | 'allowSameSite' | 'reportOnly'
  > {
  readonly headerNames: readonly [string, string]
  readonly formTimeoutMs: number
  readonly trustedOrigins: ReadonlySet<string>
  readonly ignores: (c: Context) => Awaitable<boolean>
  readonly onError: CsrfOptions['onError']
}
