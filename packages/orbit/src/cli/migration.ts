import { SessionConfigError } from '../errors.ts'
import { sessionsTable } from '../stores/sql.ts'
import type { Line } from './arguments.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/** `gravito sessions table`: the migration, as `sessionsTable` of `@gravito/orbit/sql` writes it. */
export async function printTable(line: Line, terminal: Terminal): Promise<number> {
  const dialect = line.text('dialect')
  if (dialect !== 'postgres' && dialect !== 'mysql') {
    throw new UsageError('Say for which database: --dialect postgres, or --dialect mysql.')
  }
  const [table, schema] = [line.text('table'), line.text('schema')]
  await terminal.out(migrationOf({ dialect, table, schema }).trimEnd())
  return 0
}

function migrationOf(options: Parameters<typeof sessionsTable>[0]): string {
  try {
    return sessionsTable(options)
  } catch (error) {
    if (error instanceof SessionConfigError) throw new UsageError(error.message)
    throw error
  }
}
