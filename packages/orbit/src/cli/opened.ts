import type { Sessions } from '../sessions.ts'

/** The sessions that a command works on. */
export interface Opened {
  readonly sessions: Sessions
  /** Where they are, for messages. It never holds an address, because a password may be in it. */
  readonly where: string
  close(): Promise<void>
}
