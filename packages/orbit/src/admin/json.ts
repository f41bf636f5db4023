import type { SessionDetails, SessionSummary, SessionValue } from './describe.ts'
import { jsonValue } from './show-value.ts'

/** A session as JSON: `owner` is a string or a number, and `ownerType` is the type of the original id. */

export function summaryJson(session: SessionSummary): object {
  const { owner } = session
  if (owner === undefined) return session
  return { ...session, ...ownerJson(owner) }
}

export function detailsJson(details: SessionDetails): object {
  const values = (list: readonly SessionValue[]) =>
    list.map((one) => ('value' in one ? { ...one, value: jsonValue(one.value) } : one))
  return { ...summaryJson(details), data: values(details.data), flash: values(details.flash) }
}

/** JSON cannot represent a bigint. */
export function ownerJson(owner: string | number | bigint): object {
  const isBig = typeof owner === 'bigint'
  return { owner: isBig ? String(owner) : owner, ownerType: typeof owner }
}
