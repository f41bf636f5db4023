import { shown } from '../checks.ts'
import { SessionError } from '../errors.ts'
import type { Lifetime } from './facts.ts'
import type { Times } from './times.ts'

/** Options of a sign-in. They apply to the session of that sign-in only. */
export interface SignInOptions {
  /**
   * The idle timeout of this session, in seconds. Default: the option `idleTimeoutSeconds`, or the
   * `absoluteTimeoutSeconds` of this sign-in if that is shorter. Must not be more than `maxIdleTimeoutSeconds`.
   */
  readonly idleTimeoutSeconds?: number | undefined
  /**
   * The absolute timeout of this session, in seconds. Default: the option `absoluteTimeoutSeconds`, or the
   * `idleTimeoutSeconds` of this sign-in if that is longer. Must not be more than `maxAbsoluteTimeoutSeconds`.
   */
  readonly absoluteTimeoutSeconds?: number | undefined
  /** Whether the browser keeps the cookie when it closes. Default: yes, unless `cookie.expireOnClose` is set. */
  readonly persistent?: boolean | undefined
  /** A text for the list of the user's sessions, for example a name of the device. At most 100 characters. */
  readonly label?: string | undefined
  /** How the user signed in, for example `password` or `passkey`. At most 100 characters. */
  readonly method?: string | undefined
  /**
   * The version of the user whose password you have just checked, if the app has the option `ownerVersion`. Without it,
   * that function is called when the session is stored. The password may have changed in the meantime.
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
    throw wrong('takes the id of the user and an object with options', options)
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

/** @throws {SessionError} `session-bad-value`. The message does not show the value, which may be a secret */
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
