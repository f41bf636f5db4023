import { Buffer } from 'node:buffer'
import { livingContents } from '../session/contents.ts'
import { decode } from '../session/encoding.ts'
import type { Device, SignInFacts } from '../session/facts.ts'
import type { Stored } from '../session/lookup.ts'
import type { OwnerId, Owners } from '../session/owner.ts'
import type { StoredSession } from '../session/record.ts'
import { endOf, type Times } from '../session/times.ts'
import { reveal } from '../session/value.ts'

/** Describes stored sessions for people. A description never contains an id, a token or the hash of an owner. */

/** A session, as it appears in a list. */
export interface SessionSummary {
  /** The public name of the session. It is not a secret. */
  readonly handle: string
  /** Whether a user is signed in. */
  readonly isSignedIn: boolean
  /**
   * The id of the signed-in user. Absent if no user is signed in, if the data cannot be read, or if the session
   * belongs to another app on the same store, with another cookie name or `ownerKey`.
   */
  readonly owner?: OwnerId | undefined
  /** The key of the session that holds the owner. */
  readonly ownerKey?: string | undefined
  /** The name of the session in the list of its user: `sessions.of(owner).end(name)`. */
  readonly name?: string | undefined
  /** When the session was created. For a signed-in user, this is the time of the sign-in. */
  readonly createdAt: Date
  /** When the session was last used, accurate to the touch interval. */
  readonly lastActiveAt: Date
  /** When the session expires if it is not used again. It may stay valid for up to the touch interval longer. */
  readonly expiresAt: Date
  /** When the session ends at the latest, even if it is used all the time. */
  readonly endsAt: Date
  /** The device of the sign-in, if the app keeps devices (option `devices`). Its name comes from the client. */
  readonly device?: Device | undefined
  /** The `label` that the app gave to `signIn`. */
  readonly label?: string | undefined
  /** How the user signed in: the `method` that the app gave to `signIn`. */
  readonly method?: string | undefined
  /** The size of the stored record, in bytes. */
  readonly bytes: number
}

/** One value of a session. */
export interface SessionValue {
  /** Its key. */
  readonly key: string
  /** The type of the value: `string`, `number`, `array`, `object`, `map`, `date`, … */
  readonly type: string
  /** When the value expires, if it has its own expiry. */
  readonly expiresAt?: Date | undefined
  /** The value, if you asked for values. */
  readonly value?: unknown
}

/** A session and its contents. */
export interface SessionDetails extends SessionSummary {
  /** `false` if its data cannot be read. */
  readonly isReadable: boolean
  /** The old handle, if you asked for it and the session has a new one. */
  readonly movedFrom?: string | undefined
  /** When the user last confirmed the identity: at the sign-in, or by `confirm()`. */
  readonly confirmedAt?: Date | undefined
  /** The keys of its data and their types. */
  readonly data: readonly SessionValue[]
  /** The keys of its flash messages and their types. */
  readonly flash: readonly SessionValue[]
}

/** What a description needs to know about the app. */
interface App {
  readonly owners: Owners
  readonly times: Times
  readonly now: () => number
}

export function summaryOf(app: App, stored: Stored): SessionSummary {
  return summary(app, stored, contentsOf(stored))
}

/** @param withValues whether to include the values */
export function detailsOf(
  app: App,
  stored: Stored,
  withValues: boolean,
  movedFrom: string | undefined,
): SessionDetails {
  const contents = contentsOf(stored)
  const living = contents && livingContents(contents, app.now())
  const facts = factsOf(stored.record, living?.facts)
  const show = (key: string, value: unknown): SessionValue => {
    const until = living?.until?.get(key)
    return {
      key,
      type: typeOf(value),
      ...(until !== undefined && { expiresAt: new Date(until) }),
      ...(withValues && { value: reveal(value) }),
    }
  }
  return {
    ...summary(app, stored, contents),
    isReadable: living !== undefined,
    ...(movedFrom !== undefined && { movedFrom }),
    ...(facts && { confirmedAt: new Date(facts.confirmedAt) }),
    data: Array.from(living?.data ?? [], ([key, value]) => show(key, value)),
    flash: Array.from(living?.flash ?? [], ([key, { value }]) => ({
      key,
      type: typeOf(value),
      ...(withValues && { value: reveal(value) }),
    })),
  }
}

type Contents = ReturnType<typeof decode>

function contentsOf({ contents, record }: Stored): Contents {
  return contents ?? decode(record.data)
}

function summary(
  { owners, times }: App,
  { key: handle, record }: Stored,
  contents: Contents,
): SessionSummary {
  const user =
    contents && owners.of(contents) === record.owner ? owners.userIn(contents) : undefined
  const { device, label, method } = factsOf(record, contents?.facts) ?? {}
  return {
    handle,
    isSignedIn: record.owner !== undefined,
    ...(user && { owner: user.id, ownerKey: user.key }),
    ...(record.name !== undefined && { name: record.name }),
    createdAt: new Date(record.createdAt),
    lastActiveAt: new Date(record.lastActivityAt),
    expiresAt: new Date(Math.min(record.expiresAt, endOf(record, times))),
    endsAt: new Date(record.endsAt),
    ...(device && { device }),
    ...(label !== undefined && { label }),
    ...(method !== undefined && { method }),
    bytes: Buffer.byteLength(record.data),
  }
}

/** The data of a sign-in is valid only for the owner that signed in. */
function factsOf(
  { owner }: StoredSession,
  facts: SignInFacts | undefined,
): SignInFacts | undefined {
  return owner !== undefined && facts?.owner === owner ? facts : undefined
}

function typeOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1).toLowerCase()
}
