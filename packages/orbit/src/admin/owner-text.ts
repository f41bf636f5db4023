import type { OwnerId } from '../session/owner.ts'
import type { AllSessions } from './all-sessions.ts'
import type { SessionSummary } from './describe.ts'

/**
 * Finds a user by an id that an operator typed. The number `1` and the string `'1'` are different users but look the
 * same, so this looks for sessions of each possible user. If several of them have sessions, the type is required.
 */

export const ownerTypes = ['string', 'number', 'bigint'] as const

export type OwnerType = (typeof ownerTypes)[number]

/** A user, and the number of sessions. */
export interface FoundOwner {
  readonly owner: OwnerId
  readonly sessions: number
}

/** The users that a string can mean, of this type or of all types. Empty if it is not a valid id of the type. */
export function ownersNamed(text: string, type?: OwnerType): OwnerId[] {
  const all: OwnerId[] = [text]
  const number = Number(text)
  if (Number.isFinite(number) && String(number) === text) all.push(number)
  if (/^(?:0|-?[1-9]\d{0,4000})$/.test(text)) all.push(BigInt(text))
  return all.filter((owner) => owner !== '' && (type === undefined || typeof owner === type))
}

/** The users of this list that have sessions. */
export async function findOwners(
  all: AllSessions,
  owners: readonly OwnerId[],
  ownerKey?: string,
): Promise<FoundOwner[]> {
  const found = owners.map(async (owner) => {
    const sessions = await allOfOwner(all, owner, ownerKey)
    return { owner, sessions: sessions.length }
  })
  return (await Promise.all(found)).filter(({ sessions }) => sessions > 0)
}

/** All sessions of a user. A user has at most 1000. */
export async function allOfOwner(
  all: AllSessions,
  owner: OwnerId,
  ownerKey: string | undefined,
): Promise<readonly SessionSummary[]> {
  return (await all.list({ owner, ownerKey, limit: 1_000 })).sessions
}
