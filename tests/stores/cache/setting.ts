import { newMark } from '../../../packages/orbit/src/session/record.ts'
import type { SessionRecord } from '../../../packages/orbit/src/stores/store.ts'

export const hour = 60 * 60 * 1000

export function record(fields: Partial<SessionRecord> = {}): SessionRecord {
  const time = Date.now()
  const times = { createdAt: time, lastActivityAt: time, expiresAt: time + hour / 2 }
  return { version: newMark(), birth: newMark(), payload: '1:payload', ...times, ...fields }
}
