import { SessionError } from './errors.ts'

export function newerFormatError(written: number, known: number): SessionError {
  return new SessionError(
    'session-newer-format',
    `The session was written by a newer release (format ${written}, this one reads ${known}). Finish the upgrade on every server.`,
  )
}

export function endedError(): SessionError {
  return new SessionError(
    'session-ended',
    'The session has ended, because the user signed out, another request ended it, or it expired. Sign in again, or start again with a new session.',
  )
}

export function ambiguousError(): SessionError {
  return new SessionError(
    'session-ambiguous',
    'The request carried several session cookies of this app. Remove the cookies of this site and try again.',
  )
}

export function busyError(): SessionError {
  return new SessionError(
    'session-busy',
    'Too many requests are changing this session at the same time. Try again in a moment.',
  )
}

export function movingError(): SessionError {
  return new SessionError(
    'session-unavailable',
    'This session is on its way from one store to another. Give every process store: [to, from], with the new store first, and run moveSessions to its end.',
  )
}
