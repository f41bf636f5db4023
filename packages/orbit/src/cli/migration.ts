import { SessionConfigError } from '../errors.ts'
import { sessionsTable } from '../stores/sql.ts'
import type { Line } from './arguments.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/** `gravito sessions table`: the migration, as `sessionsTable` of `@gravito/orbit/sql` writes it. */
export async function printTable(line: Line, terminal: Terminal): Promise<number> {
  const dialect = dialects.find((one) => one === line.text('dialect'))
  if (dialect === undefined) {
    throw new UsageError('Name the database with --dialect postgres or --dialect mysql.')
  }
  const [table, schema] = [line.text('table'), line.text('schema')]
  const options = { dialect, table, schema, ...formOf(line) }
  await terminal.out(migrationOf(options).trimEnd())
  return 0
}

const dialects = ['postgres', 'mysql'] as const
const formats = ['sql', 'drizzle', 'prisma'] as const

/** The options that were given. */
function formOf(line: Line) {
  const text = line.text('format')
  const format = formats.find((one) => one === text)
  if (text !== undefined && !format) {
    throw new UsageError(`--format must be one of ${formats.join(', ')}.`)
  }
  return { ...(format && { format }), ...(line.has('owner-column') && { ownerColumn: true }) }
}

function migrationOf(options: Parameters<typeof sessionsTable>[0]): string {
  try {
    return sessionsTable(options)
  } catch (error) {
    if (error instanceof SessionConfigError) throw new UsageError(error.message)
    throw error
  }
}
