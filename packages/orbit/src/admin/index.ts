export {
  type AllSessions,
  allSessions,
  type ListSessionsOptions,
  type SessionCounts,
  type SessionPage,
  type SessionsSource,
  type ShowSessionOptions,
} from './all-sessions.ts'
export { type SessionAdminOptions, sessionAdmin } from './app.ts'
export type { SessionDetails, SessionSummary, SessionValue } from './describe.ts'
