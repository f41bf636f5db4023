import type { SessionCounts } from './all-sessions.ts'

/** The labels of the counts. */
export const countWords = {
  sessions: 'Sessions',
  signedIn: 'Signed in',
  notSignedIn: 'Not signed in',
  moved: 'Moved or ended',
  expired: 'Expired',
  unreadable: 'Unreadable',
  lists: 'Lists of users',
  other: 'Other records',
} as const satisfies Record<keyof SessionCounts, string>
