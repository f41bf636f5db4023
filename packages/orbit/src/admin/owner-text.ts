import type { OwnerId } from '../session/owner.ts'
import type { AllSessions } from './all-sessions.ts'

/**
 * The id of a user as somebody typed it. The number `1` and the string `'1'` are different users, and typed they
 * look the same. So each user with sessions is looked for, and if there are several, the type must be named.
 */

export const ownerTypes = ['string', 'number', 'bigint'] as const

export type OwnerType = (typeof ownerTypes)[number]

/** A user, and how many sessions there are. */
export interface FoundOwner {
  readonly owner: OwnerId
  readonly sessions: number
}

/** The users that a text can mean, of this type or of any. A text that no id of the type has means nobody. */
export function ownersNamed(text: string, type?: OwnerType): OwnerId[] {
  const all: OwnerId[] = [text]
  const number = Number(text)
  if (Number.isFinite(number) && String(number) === text) all.push(number)
  if (/^(?:0|-?[1-9]\d{0,4000})$/.test(text)) all.push(BigInt(text))
  return all.filter((owner) => owner !== '' && (type === undefined || typeof owner === type))
}

/** The users among these with sessions. A user has at most a thousand. */
export async function findOwners(
  all: AllSessions,
  owners: readonly OwnerId[],
  ownerKey?: string,
): Promise<FoundOwner[]> {
  const found = owners.map(async (owner) => {
    const { sessions } = await all.list({ owner, ownerKey, limit: 1_000 })
    return { owner, sessions: sessions.length }
  })
  return (await Promise.all(found)).filter(({ sessions }) => sessions > 0)
}
