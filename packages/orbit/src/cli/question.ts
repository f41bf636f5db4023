import type { Line } from './arguments.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/**
 * Asks for confirmation before an action that cannot be undone.
 *
 * @throws {UsageError} if the reply is not yes, or if there is no terminal to ask
 */
export async function mustAgree(
  line: Line,
  terminal: Terminal,
  consequence: string,
): Promise<void> {
  if (line.has('yes')) return
  if (!terminal.isInteractive) {
    throw new UsageError(
      `${consequence} There is no terminal to ask for confirmation, so nothing was done. To confirm, add --yes.`,
    )
  }
  if (!(await terminal.ask(`${consequence} Continue?`))) throw new UsageError('Nothing was done.')
}
