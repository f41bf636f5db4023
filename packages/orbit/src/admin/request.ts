import type { Context } from 'hono'
import { SessionError } from '../errors.ts'
import { headersOf, prefersPage } from '../respond.ts'
import type { OwnerId } from '../session/owner.ts'
import type { AllSessions } from './all-sessions.ts'
import { type OwnerType, ownersNamed, ownerTypes } from './owner-text.ts'

/** What the handlers of the admin app read from a request. */
export interface AdminRequest {
  readonly c: Context
  readonly all: AllSessions
  /** The link from this page to the top page. */
  readonly base: string
  /** The handles of the sessions of this request. */
  readonly own: readonly string[]
  readonly showData: boolean
  readonly title: string
}

/** The user that a request names, in the fields of a form, of JSON or of a query. */
export interface NamedOwner {
  /** Several users if the type is not given. */
  readonly owners: readonly OwnerId[]
  readonly ownerKey: string | undefined
}

/**
 * Reads the user that a request names, from the fields of a form, of JSON or of a query.
 *
 * @throws {SessionError} `session-bad-owner` for an unknown type, and for a number that JSON rounds
 */
export function namedOwner({ owner, ownerType, ownerKey }: Record<string, unknown>): NamedOwner {
  const key = typeof ownerKey === 'string' && ownerKey !== '' ? ownerKey : undefined
  const type = typeIn(ownerType)
  if (typeof owner === 'number') {
    return { owners: ownersNamed(String(exact(owner)), type ?? 'number'), ownerKey: key }
  }
  return { owners: typeof owner === 'string' ? ownersNamed(owner, type) : [], ownerKey: key }
}

function typeIn(text: unknown): OwnerType | undefined {
  if (text === undefined || text === '') return undefined
  const found = ownerTypes.find((type) => type === text)
  if (found) return found
  throw badOwner(`ownerType must be one of ${ownerTypes.join(', ')}.`)
}

/** The JSON parser rounds long numbers, so the result could be the id of another user. */
function exact(number: number): number {
  if (!Number.isInteger(number) || Number.isSafeInteger(number)) return number
  throw badOwner(
    'This number is too long for JSON. Send the id as a string, together with ownerType.',
  )
}

function badOwner(message: string): SessionError {
  return new SessionError('session-bad-owner', message)
}

/** Whether the request named a key that is not an `ownerKey`. That is an error of the request, not of the app. */
export function isBadOwner(error: unknown): error is SessionError {
  return error instanceof SessionError && error.code === 'session-bad-owner'
}

export function failed(
  c: Context,
  status: 400 | 404 | 409 | 501,
  code: string,
  message: string,
): Response {
  const headers = headersOf('application/json')
  return c.json({ success: false, error: { code, message } }, status, Object.fromEntries(headers))
}

export { prefersPage }
