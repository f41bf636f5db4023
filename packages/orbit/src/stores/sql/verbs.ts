import type { SessionRecord } from '../store.ts'
import type { Run } from './clients.ts'
import { recordOf, type statementsOf, valuesOf } from './dialects.ts'

/** The two methods of a store, implemented with a function that runs its statements. */
export function verbsOf(run: Run, statements: ReturnType<typeof statementsOf>, now: () => number) {
  const { keepsOwner } = statements

  async function load(key: string): Promise<SessionRecord | undefined> {
    return recordOf((await run(statements.load, [key, now()])).rows[0])
  }

  async function insert(key: string, record: SessionRecord, time: number): Promise<boolean> {
    const values = valuesOf(key, record, keepsOwner)
    const { revive } = statements
    if (!revive) return (await run(statements.insert, [...values, time])).changes > 0
    // Tries again if the existing row was removed or expired before this call could read it.
    for (;;) {
      if ((await run(statements.insert, values)).changes > 0) return true
      if ((await run(revive, [...values, time])).changes > 0) return true
      if ((await run(statements.load, [key, time])).rows.length > 0) return false
    }
  }

  async function compareAndSet(
    key: string,
    version: string | undefined,
    next: SessionRecord | undefined,
  ): Promise<boolean> {
    const time = now()
    if (version === undefined) return next ? insert(key, next, time) : !(await load(key))
    const { changes } = next
      ? await run(statements.replace, [...valuesOf(key, next, keepsOwner), version, time])
      : await run(statements.remove, [key, version, time])
    return changes > 0
  }

  return { load, compareAndSet }
}
