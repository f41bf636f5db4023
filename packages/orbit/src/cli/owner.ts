import type { AllSessions } from '../admin/all-sessions.ts'
import { findOwners, type OwnerType, ownersNamed, ownerTypes } from '../admin/owner-text.ts'
import type { OwnerId } from '../session/owner.ts'
import type { Line } from './arguments.ts'
import { UsageError } from './usage-error.ts'

interface Asked {
  readonly line: Line
  readonly all: AllSessions
}

/** The user whose sessions to list. `undefined` to list all sessions. */
export async function listTarget({ line, all }: Asked): Promise<OwnerId | undefined> {
  const text = line.text('owner')
  if (text === undefined) return undefined
  const { owners } = await found({ line, all }, text)
  return owners[0]
}

/**
 * The user whose sessions to end, and the number of these sessions. If no user with this id has a session, it
 * returns every user that the id can mean, because `endAll()` also ends sessions that no list shows.
 */
export async function endTarget({ line, all }: Asked) {
  return found({ line, all }, line.words[0] ?? '')
}

async function found({ line, all }: Asked, text: string) {
  const type = typeIn(line)
  const owners = ownersNamed(text, type)
  if (owners.length === 0) {
    throw new UsageError(type ? `This id is not a ${type}.` : 'The id of the user is empty.')
  }
  const several = await findOwners(all, owners, line.text('owner-key'))
  if (several.length > 1) {
    const words = several.map(({ owner, sessions }) => `${typeof owner} (${sessions})`).join(', ')
    throw new UsageError(
      `Users of several types have this id: ${words}. The number 1 is not the string "1". Choose one with --owner-type.`,
    )
  }
  const [one] = several
  return one ? { owners: [one.owner], sessions: one.sessions } : { owners, sessions: 0 }
}

function typeIn(line: Line): OwnerType | undefined {
  const text = line.text('owner-type')
  if (text === undefined) return undefined
  const type = ownerTypes.find((one) => one === text)
  if (type) return type
  throw new UsageError(`--owner-type must be one of ${ownerTypes.join(', ')}.`)
}
