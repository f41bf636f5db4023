import { SessionError } from './errors.ts'

export function newerFormatError(written: number, known: number): SessionError {
  return new SessionError(
    'session-newer-format',
    `A newer release wrote the session (format ${written}, this release reads ${known}). Finish the upgrade on every server.`,
  )
}

export function endedError(): SessionError {
  return new SessionError(
    'session-ended',
    'The session has ended, because the user signed out, another request ended it, or it expired. Sign in again, or start a new session.',
  )
}

export function ambiguousError(): SessionError {
  return new SessionError(
    'session-ambiguous',
    'The request carried several session cookies of this app. Remove the cookies of this site and try again.',
  )
}

/** A change of the id or the owner touches several records, so it cannot be part of one transaction. */
export function cannotLeave(): SessionError {
  return new SessionError(
    'session-not-transactional',
    'session.save({ within }) accepts plain changes only: no sign-in, no regenerate(), no invalidate() and no change of the user. Make those before the transaction and await session.save(), or after it.',
  )
}

/** For a store that cannot take part in a transaction of the app. */
export function cannotBeWithin(): SessionError {
  return new SessionError(
    'session-not-transactional',
    'This session store cannot take part in a transaction of the app, so session.save({ within }) does nothing. Use sqlStore of "@gravito/orbit/sql" (PostgreSQL, MariaDB, MySQL), the driver sqlite, or your own store with a method within().',
  )
}

/** The transaction is in one of the two stores, but the session may be in the other one, or on its way. */
export function cannotBeWithinTwo(): SessionError {
  return new SessionError(
    'session-not-transactional',
    'session.save({ within }) needs a single store, but this app has two, store: [to, from], because its sessions move. Finish the move and configure only the new store. Until then, save the session before or after the transaction.',
  )
}

/** The store failed before it could report the result of a transaction. */
export function outcomeUnknown(cause: SessionError): SessionError {
  return new SessionError(
    'session-unavailable',
    'The session store does not respond, so it is not known whether the transaction given to session.save({ within }) was committed. Check what it wrote before you repeat the request.',
    { cause },
  )
}

/** For a commit after a transaction whose changes were not stored. That transaction may still hold the lock. */
export function perhapsOpen(cause: SessionError): SessionError {
  return new SessionError(
    'session-unavailable',
    'The session could not be stored. If the transaction given to session.save({ within }) is still open, the store waits for it: await its end before you save again, and before you respond.',
    { cause },
  )
}

export function transactionTooSlow(timeLimit: number): SessionError {
  return new SessionError(
    'session-unavailable',
    `The transaction given to session.save({ within }) did not respond within ${timeLimit} ms. Another transaction may hold the lock of this session. Roll back, and try again in a moment.`,
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
    'This session is moving from one store to another. Configure store: [to, from] in every process, with the new store first, and run moveSessions until it is done.',
  )
}
