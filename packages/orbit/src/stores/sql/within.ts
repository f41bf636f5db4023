import { SessionConfigError, SessionError } from '../../errors.ts'
import { inTransaction, type Run } from './clients.ts'
import type { Place } from './dialects.ts'
import { explained, kindOf, serversOwn } from './failures.ts'

const whatToPass =
  'Pass the tx of sql.begin(async (tx) => …) of postgres.js or Bun.sql, a client of "pg" after BEGIN, a connection of "mysql2" after beginTransaction(), or { query(text, values) } that runs in your transaction. The transaction must be in the database of the store'

/**
 * Runs statements in a transaction that the app has begun. No statement is repeated here: after a deadlock, the
 * database may have rolled back the whole transaction, and only the app can begin it again.
 *
 * @param isOpen the statement that shows whether a transaction is open
 * @throws {SessionError} `session-not-transactional` if `transaction` is not an open transaction
 */
export async function runWithin(transaction: object, place: Place, isOpen: string): Promise<Run> {
  const send = inTransaction(transaction)
  if (!send) throw noTransaction()
  const run: Run = async (text, values) => {
    try {
      return await send(text, values)
    } catch (error) {
      const kind = kindOf(error)
      // This INSERT cannot check the existing row. The transaction stays usable.
      if (kind === 'taken') return { rows: [], changes: 0 }
      // MySQL does not say whether a transaction is open, so this call assumes that it is.
      if (kind === 'noVariable') return { rows: [[1]], changes: 0 }
      if (kind === 'noTransaction') throw noTransaction(error)
      throw ofTransaction(error, place)
    }
  }
  const [row] = (await run(isOpen, [])).rows
  if (row && !Number(row[0])) throw noTransaction()
  return run
}

function noTransaction(cause?: unknown): SessionError {
  const message = `session.save({ within }) did not get an open transaction. ${whatToPass}.`
  return new SessionError('session-not-transactional', message, { cause })
}

/**
 * Removes the record from an error: an ORM quotes it in its messages, and a server may quote it. The app uses the code
 * to decide whether to repeat its transaction. It is the code of the ORM or, without one, the code of the server.
 */
function ofTransaction(error: unknown, place: Place): unknown {
  const own = serversOwn(error)
  if (own === error && kindOf(error) === 'conflict') return error
  const told = explained(error, place)
  if (told instanceof SessionConfigError || told instanceof SessionError) return told
  const codes = ['code', 'errno', 'sqlState'].flatMap((name) => {
    const value: unknown = Reflect.get(Object(error), name) ?? Reflect.get(Object(own), name)
    return value === undefined ? [] : [[name, value]]
  })
  return Object.assign(Object(told), Object.fromEntries(codes))
}
