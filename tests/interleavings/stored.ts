import type { SessionRecord } from '@gravito/orbit'
import { fromRecord, type StoredSession } from '../../packages/orbit/src/session/record.ts'

export type { StoredSession }

/** The session in a record. Undefined if this release cannot read it. */
export function storedIn(record: SessionRecord | undefined): StoredSession | undefined {
  try {
    return record && fromRecord(record)
  } catch {
    return undefined
  }
}
