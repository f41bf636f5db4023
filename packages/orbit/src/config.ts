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

/** The cookie that carries the id. */
export interface SessionCookieOptions {
  /** The name. Default `session`. If the cookie is Secure, a prefix comes before it. */
  name?: string | undefined
  /**
   * The path that browsers send the cookie to, and everything below it. Default `/`. Outside of it the
   * session is empty, and changing it throws `session-outside-path`.
   */
  path?: string | undefined
  /**
   * The path under which browsers see the app, if it is not `/` because a proxy or `app.mount` removes
   * it: `/shop` if `/shop/cart` arrives as `/cart`. It matters only with a `path`. Default `/`.
   */
  publicPath?: string | undefined
  /** Default: none. Browsers send the cookie only to the host that set it (ASVS 3.3.3). */
  domain?: string | undefined
  /** Default `lax`. `none` is for apps embedded in other sites, and always Secure. */
  sameSite?: 'lax' | 'strict' | 'none' | 'Lax' | 'Strict' | 'None' | undefined
  /**
   * Default: `true`, except over plain http to a loopback host, and if `NODE_ENV` is `development` or
   * `test`.
   */
  secure?: boolean | undefined
  /** Always `true`: a script that could read the cookie could steal the session (ASVS 3.3.4). */
  httpOnly?: true | undefined
  /**
   * The prefix of the name if the cookie is Secure. Default `__Host-`; `__Secure-` with a `domain` or
   * another `path`. `false` for none.
   */
  prefix?: '__Host-' | '__Secure-' | false | undefined
  /** Whether the browser forgets the cookie when it closes. Default `false`. */
  expireOnClose?: boolean | undefined
}

/** Why a request was refused, for `csrf.onError`. */
export interface CsrfFailure {
  /** For programs. */
  readonly reason: CsrfRefusal
  /** For people: what happened and what to do. */
  readonly message: string
}

/** Protection against cross-site request forgery. Every method except GET, HEAD, OPTIONS and TRACE is checked. */
export interface CsrfOptions<CsrfName extends string = string> {
  /** Default `true`. */
  enabled?: boolean | undefined
  /**
   * The name under which handlers find the token: `c.get('csrf')`. Default `csrf`. A second session of
   * one app needs another name.
   */
  exposeAs?: CsrfName | undefined
  /** The header that carries the token, besides `X-XSRF-TOKEN`. Default `X-CSRF-Token`. */
  headerName?: string | undefined
  /** The cookie that scripts read the token from. Default `XSRF-TOKEN`. */
  cookieName?: string | undefined
  /** The form fields that may carry the token. Default `['_token', '_csrf']`. */
  fieldNames?: readonly [string, ...string[]] | undefined
  /** How many bytes of a form are searched for the token, and held in memory. Default 65536: 64 KiB. */
  maxFormBytes?: number | undefined
  /** How many seconds these bytes may take to arrive. After that, the response is a 408. Default 10. */
  formTimeoutSeconds?: number | undefined
  /** Other origins whose requests count as ours, each in full: `https://app.example.com`. Default none. */
  trustedOrigins?: readonly string[] | undefined
  /** Whether other hosts of the same site count as ours. Default `false`. */
  allowSameSite?: boolean | undefined
  /**
   * Requests that are not checked, such as webhooks with their own signatures: exact paths, with or
   * without percent-encoding, or a function that returns a boolean or a promise of one. If it fails, the
   * request fails. Default none.
   */
  ignore?: readonly string[] | ((c: Context) => Awaitable<boolean>) | undefined
  /**
   * The response to a refused request. Default, and if it returns nothing: a 403 as JSON, or HTML if the client
   * prefers it. `backIfStale` sends a browser back to the form if its token was old.
   */
  onError?: ((c: Context, failure: CsrfFailure) => Awaitable<Response | undefined>) | undefined
  /** Whether requests are not refused but only reported, with an event, so you can try the check. Default `false`. */
  reportOnly?: boolean | undefined
}

/** What is stored about the device of each sign-in. */
export interface DevicesOptions {
  /** Whether devices are stored. Default: yes, if there is a section `devices`. */
  enabled?: boolean | undefined
  /**
   * How much of the network address is stored. Default `network`: an IPv4 address without its last part, the first
   * three groups of an IPv6 address. `full` stores the whole address, `none` nothing.
   */
  address?: 'network' | 'full' | 'none' | undefined
  /**
   * The proxies that are trusted to report the address (`X-Forwarded-For`): their number, or their networks, as in
   * `['10.0.0.0/8']`. Default 0: the address of the connection. `true` is refused, because any client can send that header.
   */
  trustProxy?: number | readonly string[] | undefined
}

/** Where the session writes warnings and errors, one line each. For example `console`. */
export interface SessionLogger {
  /** Something works, but you should change it. */
  warn(message: string): void
  /** Something failed. */
  error(message: string): void
}

/**
 * Returns the store of a request, or two, `[to, from]`, while sessions move. The bindings of a Worker come with its
 * requests.
 */
export type StoreOfRequest = (
  c: Context,
) => SessionStore | readonly [to: SessionStore, from: SessionStore]

/** The drivers that come with the package. */
export type SessionDriver = 'memory' | 'file' | 'redis' | 'sqlite' | 'database' | 'cache'

/** The options of `session()` and `OrbitSession`, and of `config.session`. */
export interface SessionOptions<Name extends string = string, CsrfName extends string = string> {
  /**
   * Where sessions live. Default `memory`: in this process, and lost when it ends. `file` and `sqlite`
   * keep them on one machine. `redis` and `cache` (the app's cache, such as `@gravito/stasis`) share them
   * between machines.
   */
  driver?: SessionDriver | undefined
  /**
   * A store instead of a driver: one of your own, or one that `redisStore()` and the like made. Two of them,
   * `[to, from]`, while `moveSessions` moves the sessions from the second one to the first: both are read,
   * and new sessions begin in the first. On Cloudflare Workers, a function that returns the store of a request:
   * `(c) => d1Store(c.env.DB)`. It is called once in each request, and must return the same store for the same
   * binding.
   */
  store?:
    | SessionStore
    | readonly [to: SessionStore, from: SessionStore]
    | StoreOfRequest
    | undefined
  /**
   * The secret that signs the ids: a string of at least 32 bytes. In a list, the first one signs and all are
   * accepted. Default: `APP_KEY` of the environment, then the keys of `APP_PREVIOUS_KEYS`, separated by commas.
   * Without `APP_KEY`, a secret is generated and kept in the store, or for `memory` in the process.
   */
  secret?: string | readonly [string, ...string[]] | undefined
  /** The cookie that carries the id. */
  cookie?: SessionCookieOptions | undefined
  /** Seconds without a request after which a session ends. Default 1800: 30 minutes. */
  idleTimeoutSeconds?: number | undefined
  /** Seconds after which a session ends in any case. Default 604800: 7 days. */
  absoluteTimeoutSeconds?: number | undefined
  /**
   * The longest `idleTimeoutSeconds` that `signIn()` may set, in seconds. Without it, it is
   * `maxAbsoluteTimeoutSeconds` if you set that, else `idleTimeoutSeconds`.
   */
  maxIdleTimeoutSeconds?: number | undefined
  /**
   * The longest `absoluteTimeoutSeconds` that `signIn()` may set, in seconds: 2592000 for "remember me" for
   * 30 days. Without it, it is `absoluteTimeoutSeconds`. A lower value also ends older sessions earlier.
   */
  maxAbsoluteTimeoutSeconds?: number | undefined
  /** The minimum time between two activity writes, in seconds. Default 60; at most a tenth of the idle timeout. */
  touchIntervalSeconds?: number | undefined
  /**
   * Whether a request counts as activity. Default: all do. `(c) => c.req.path !== '/poll'`. It must be
   * synchronous: an async function is refused.
   */
  touch?: ((c: Context) => boolean) | undefined
  /** For how many seconds the old id can still read after the session has moved to a new id. Default 10. */
  regenerateGraceSeconds?: number | undefined
  /** The maximum size of one stored session, in bytes. Default 65536: 64 KiB. */
  maxBytes?: number | undefined
  /** The maximum number of sessions of one user at a time. Default 1000, which is also the highest allowed value. */
  maxSessionsPerOwner?: number | undefined
  /**
   * What a sign-in does if the user already has `maxSessionsPerOwner` sessions. Default `end-oldest`: it
   * ends the session with the oldest sign-in. With `refuse` the sign-in fails with a 409.
   */
  sessionsOverLimit?: 'end-oldest' | 'refuse' | undefined
  /** Limits of the `memory` driver. */
  memory?: MemoryStoreOptions | undefined
  /** Options of the `file` driver. */
  file?: FileStoreOptions | undefined
  /** Options of the `redis` driver. */
  redis?: RedisStoreOptions | undefined
  /** Options of the `sqlite` driver. */
  sqlite?: SqliteStoreOptions | undefined
  /** Of the `database` driver: PostgreSQL, MariaDB or MySQL, through the client of your app. */
  database?: SqlStoreOptions | undefined
  /** The name of the app's cache, for the `cache` driver. Default `cache`. */
  cacheKey?: string | undefined
  /** How long flash messages stay. */
  flash?:
    | {
        /**
         * `next-request`, the default: a flash message is gone after the next request that uses the
         * session. `until-read`: it stays until `getFlash` has read it.
         */
        lifetime?: 'next-request' | 'until-read' | undefined
      }
    | undefined
  /** Protection against cross-site request forgery. `false` is short for `{ enabled: false }`. */
  csrf?: CsrfOptions<CsrfName> | boolean | undefined
  /**
   * The key of the user's id, which `signIn` sets. Default `userId`. In a list, the first key with a value counts,
   * and `signIn` sets the first key.
   */
  ownerKey?: string | readonly [string, ...string[]] | undefined
  /**
   * The version of a user, for example a part of the password's hash. A sign-in keeps a digest of it. If the
   * function returns another value later, or `null` because there is no such user, the session ends. It is called at
   * a sign-in, and about once per session and process in `touchIntervalSeconds`. If it throws or takes longer than a
   * second, requests that use the session get a 503. The second argument is the key of the session that holds the id.
   */
  ownerVersion?: OwnerVersion | undefined
  /** What is stored about the device of each sign-in, for a page that lists them. `true` is short for `{ enabled: true }`. */
  devices?: DevicesOptions | boolean | undefined
  /** The name under which handlers find the session: `c.get('session')`. Default `session`. */
  exposeAs?: Name | undefined
  /** A function that gets every event, for logs and metrics. */
  onEvent?: ((event: SessionEvent) => void) | undefined
  /**
   * Where warnings and errors are written, such as a failed store or a missing secret: any object with
   * these two methods. Default `console`; in a Gravito app, the logger of the core.
   */
  logger?: SessionLogger | undefined
  /** For tests: the clock, in milliseconds since the epoch. Default `Date.now`, read at each request. It must be synchronous. */
  now?: (() => number) | undefined
}

/** These options, all of them with a value. */
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
