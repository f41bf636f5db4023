import { newMark } from '../../../packages/orbit/src/session/marks.ts'
import type { SessionRecord } from '../../../packages/orbit/src/stores/store.ts'

/** A record that expires in half an hour. */
export function record(fields: Partial<SessionRecord> = {}): SessionRecord {
  return { version: newMark(), payload: 'payload', expiresAt: Date.now() + 1_800_000, ...fields }
}
