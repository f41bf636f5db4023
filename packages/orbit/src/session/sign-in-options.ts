import { shown } from '../checks.ts'
import { SessionError } from '../errors.ts'
import type { Lifetime } from './facts.ts'
import type { Times } from './times.ts'

/** What a sign-in may say of its session. */
export interface SignInOptions {
  /**
   * Seconds without a request after which this session ends. Default the option `idleTimeoutSeconds`, or
   * `absoluteTimeoutSeconds` of this sign-in if that is shorter. At most `maxIdleTimeoutSeconds`.
   */
  readonly idleTimeoutSeconds?: number | undefined
  /**
   * Seconds after which this session ends whatever happens. Default the option `absoluteTimeoutSeconds`. At most
   * `maxAbsoluteTimeoutSeconds`.
   */
  readonly absoluteTimeoutSeconds?: number | undefined
  /**
   * Whether the cookie stays when the browser closes. Default: it does, unless `cookie.expireOnClose` says otherwise.
   */
  readonly persistent?: boolean | undefined
  /** Words for the list of the user's sessions, such as the name of the device. At most 100 characters. */
  readonly label?: string | undefined
  /** How the user signed in, in words of the app: `password`, `passkey`. At most 100 characters. */
  readonly method?: string | undefined
  /**
   * The version of the user that the app has just checked the password against, for an app with the option
   * `ownerVersion`. Without it, the function is asked when the session is stored, and the password may have changed since.
   */
  readonly ownerVersion?: string | undefined
}

/** The options in milliseconds. */
export interface SignInWishes {
  readonly label: string | undefined
  readonly method: string | undefined
  readonly lifetime: Lifetime | undefined
  readonly version: string | undefined
}

const longestText = 100

/** @throws {SessionError} `session-bad-value` */
export function checkedSignIn(options: SignInOptions, { longest }: Times): SignInWishes {
  if (typeof options !== 'object' || options === null) {
    throw wrong('takes the id of the user and an object of options', options)
  }
  const { idleTimeoutSeconds, absoluteTimeoutSeconds, persistent, ...texts } = options
  const idle = timeOf('idleTimeoutSeconds', idleTimeoutSeconds, longest.idle)
  const absolute = timeOf('absoluteTimeoutSeconds', absoluteTimeoutSeconds, longest.absolute)
  if (idle !== undefined && absolute !== undefined && idle > absolute) {
    throw wrong(
      'got an idleTimeoutSeconds longer than its absoluteTimeoutSeconds',
      idleTimeoutSeconds,
    )
  }
  if (persistent !== undefined && typeof persistent !== 'boolean') {
    throw wrong('takes true or false as persistent', persistent)
  }
  const { label, method, ownerVersion, ...unknown } = texts
  const [name] = Object.keys(unknown)
  if (name !== undefined) {
    throw wrong(
      'has the options idleTimeoutSeconds, absoluteTimeoutSeconds, persistent, label, method and ownerVersion',
      name,
    )
  }
  const isOwn = [idle, absolute, persistent].some((one) => one !== undefined)
  return {
    label: textOf('label', label),
    method: textOf('method', method),
    lifetime: isOwn ? { idle, absolute, persistent } : undefined,
    version: versionOf('signIn', ownerVersion),
  }
}

function timeOf(name: string, seconds: unknown, most: number): number | undefined {
  if (seconds === undefined) return undefined
  if (typeof seconds === 'number' && seconds >= 1 && seconds * 1000 <= most) {
    return Math.round(seconds * 1000)
  }
  const option =
    name === 'idleTimeoutSeconds' ? 'maxIdleTimeoutSeconds' : 'maxAbsoluteTimeoutSeconds'
  throw wrong(
    `takes a number from 1 to ${most / 1000} as ${name}. To allow longer times, raise the option session.${option}`,
    seconds,
  )
}

/** @throws {SessionError} `session-bad-value`, without the value: it may be a secret */
export function versionOf(method: string, version: unknown): string | undefined {
  if (version === undefined || typeof version === 'string') return version
  throw new SessionError(
    'session-bad-value',
    `${method}() takes a string as ownerVersion. It got something of type ${typeof version}.`,
  )
}

function textOf(name: string, text: unknown): string | undefined {
  if (text === undefined) return undefined
  if (typeof text === 'string' && text.length <= longestText) return text
  throw wrong(`takes a string of at most ${longestText} characters as ${name}`, text)
}

function wrong(what: string, got: unknown): SessionError {
  return new SessionError('session-bad-value', `signIn() ${what}. It got ${shown(got)}.`)
}
