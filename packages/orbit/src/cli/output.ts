import type { SessionDetails, SessionSummary, SessionValue } from '../admin/describe.ts'
import { shownValue } from '../admin/show-value.ts'
import { onOneLine } from '../quote.ts'
import type { OwnerId } from '../session/owner.ts'
import { aligned, minuteOf } from './table.ts'

/** A user, and the type of the id unless it is a string. */
export function ownerWords(owner: OwnerId): string {
  return typeof owner === 'string' ? onOneLine(owner) : `${owner} (${typeof owner})`
}

function ownerCell({ owner, isSignedIn }: SessionSummary): string {
  if (owner !== undefined) return ownerWords(owner)
  return isSignedIn ? '(unknown)' : '-'
}

/** Formats lists of sessions, one after the other. The first list starts with the names of the columns. */
export function listText(): (sessions: readonly SessionSummary[]) => string[] {
  let isFirst = true
  return (sessions) => {
    if (sessions.length === 0) return []
    const head = isFirst ? [['HANDLE', 'USER', 'LAST ACTIVE (UTC)', 'EXPIRES', 'DEVICE']] : []
    isFirst = false
    return aligned([...head, ...sessions.map(rowOf)])
  }
}

function rowOf(session: SessionSummary): string[] {
  const { handle, lastActiveAt, expiresAt, device } = session
  const times = [lastActiveAt, expiresAt].map(minuteOf)
  return [handle, ownerCell(session), ...times, device?.name ?? '-']
}

/** A session, line by line. */
export function detailsText(details: SessionDetails): string {
  const { device, data, flash } = details
  const rows: (readonly [string, string | undefined])[] = [
    ['Handle', details.handle],
    ['Moved from', details.movedFrom],
    ['User', ownerCell(details)],
    ['Key of the user', details.ownerKey],
    ['Name in the list', details.name],
    ['Created', details.createdAt.toISOString()],
    ['Last active', details.lastActiveAt.toISOString()],
    ['Confirmed', details.confirmedAt?.toISOString()],
    ['Expires', details.expiresAt.toISOString()],
    ['Ends at the latest', details.endsAt.toISOString()],
    ['Device', device?.name],
    ['User agent', device?.userAgent],
    ['Address', device?.address],
    ['Label', details.label],
    ['Method', details.method],
    ['Size', `${details.bytes} bytes`],
    ['Data', details.isReadable ? undefined : 'cannot be read'],
  ]
  const given = rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  return [...aligned(given), ...values('Data', data), ...values('Flash', flash)].join('\n')
}

function values(title: string, all: readonly SessionValue[]): string[] {
  if (all.length === 0) return []
  const rows = all.map((one) => {
    const life = one.expiresAt ? `${one.type}, expires ${one.expiresAt.toISOString()}` : one.type
    const value = 'value' in one ? shownValue(one.value).replaceAll('\n', ' ') : ''
    return [`  ${one.key}`, life, value]
  })
  return [`${title}:`, ...aligned(rows)]
}
