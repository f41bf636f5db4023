import { setTimeout as pause } from 'node:timers/promises'
import type { Run } from './clients.ts'
import type { Place } from './dialects.ts'
import { explained, kindOf } from './failures.ts'
import { schemaOf } from './schema.ts'

/** How often a statement is repeated after a conflict with another one. */
const mostTries = 12

/**
 * Runs statements. It repeats a statement after a conflict, creates a missing table if that is allowed, and
 * explains all other errors.
 */
export function patient(send: Run, place: Place, createsTable: boolean): Run {
  return async (text, values) => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await send(text, values)
      } catch (error) {
        const kind = kindOf(error)
        // Unlike the INSERT of PostgreSQL, that of MySQL cannot check the existing row.
        if (kind === 'taken') return { rows: [], changes: 0 }
        const isMissing = kind === 'noTable' && createsTable && tries === 1
        if (isMissing) await makeTable(send, place)
        else if (kind !== 'conflict' || tries === mostTries) throw explained(error, place)
        else await pause(Math.random() * Math.min(2 ** tries, 50))
      }
    }
  }
}

/** Creates the table. If several processes do so at the same time, only the first one creates it. */
async function makeTable(send: Run, place: Place): Promise<void> {
  for (const text of schemaOf(place)) {
    for (let tries = 1; ; tries += 1) {
      try {
        await send(text, [])
        break
      } catch (error) {
        if (kindOf(error) !== 'made' || tries === mostTries) throw explained(error, place)
      }
    }
  }
}
