import type { Sessions } from '../sessions.ts'

/** The sessions that a command works on. */
export interface Opened {
  readonly sessions: Sessions
  /** Where they are, for messages. It never contains an address, because an address may contain a password. */
  readonly where: string
  close(): Promise<void>
}
