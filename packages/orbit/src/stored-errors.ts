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

/** What changes the id or the owner of a session touches several records, so it cannot be in a transaction. */
export function cannotLeave(): SessionError {
  return new SessionError(
    'session-not-transactional',
    'session.save({ within }) takes plain changes only: no sign-in, no regenerate(), no invalidate() and no change of the user. Make these before the transaction and await session.save(), or after it.',
  )
}

/** A store of which no transaction of the app's can be a part. */
export function cannotBeWithin(): SessionError {
  return new SessionError(
    'session-not-transactional',
    'This session store cannot take part in a transaction of the app, so session.save({ within }) does nothing. Use sqlStore of "@gravito/orbit/sql" (PostgreSQL, MariaDB, MySQL), the driver sqlite, or a store of your own that has within().',
  )
}

/** A transaction is in one of the two stores, and the session may be in the other, or on its way. */
export function cannotBeWithinTwo(): SessionError {
  return new SessionError(
    'session-not-transactional',
    'session.save({ within }) needs a single store, and this app has two, store: [to, from], because its sessions move. Finish the move and give the app the new store alone. Until then, save the session before or after the transaction.',
  )
}

/** The store failed before it could say what became of a transaction. */
export function outcomeUnknown(cause: SessionError): SessionError {
  return new SessionError(
    'session-unavailable',
    'The session store does not answer, so nobody knows yet whether the transaction given to session.save({ within }) was committed. Look at what it wrote before you repeat the request.',
    { cause },
  )
}

/** A commit after a transaction whose changes do not stand. It may hold the lock of the session still. */
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
    'This session is on its way from one store to another. Give every process store: [to, from], with the new store first, and run moveSessions to its end.',
  )
}
