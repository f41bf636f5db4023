import { once } from 'node:events'
import process from 'node:process'
import { createInterface } from 'node:readline/promises'
import { onOneLine } from '../quote.ts'

/** Where a command writes its output, and how it asks questions. */
export interface Terminal {
  /** The result, for people and for programs. */
  out(line: string): Promise<void>
  /** Everything else: notes, questions, problems. */
  note(line: string): void
  /** Whether a person can answer a question. */
  readonly isInteractive: boolean
  ask(question: string): Promise<boolean>
}

/**
 * The terminal of this process. Only the result goes to the standard output. What the app logs while it loads
 * goes to the standard error, so that `--json` prints only JSON.
 */
export function openTerminal(): Terminal {
  const { stdin, stdout, stderr } = process
  const write = stdout.write.bind(stdout)
  stdout.write = stderr.write.bind(stderr)
  // On Bun and Deno, `console` does not write through `process.stdout`.
  for (const name of ['log', 'info', 'debug'] as const) console[name] = console.error
  // `out` reports the errors of its writes. A broken stderr must not stop a command.
  for (const stream of [stdout, stderr]) stream.on('error', () => {})
  return {
    out: (line) =>
      new Promise((resolve, reject) => {
        write(`${printable(line)}\n`, (error) => (error ? reject(unwritten(error)) : resolve()))
      }),
    note: (line) => void stderr.write(`${printable(line)}\n`),
    isInteractive: stdin.isTTY === true && stderr.isTTY === true,
    async ask(question) {
      const lines = createInterface({ input: stdin, output: stderr })
      // Ctrl-C and Ctrl-D close it. That counts as a no. The line break ends the line of the question.
      const closed = once(lines, 'close').then(() => undefined)
      const reply = await Promise.race([
        lines.question(`${onOneLine(question)} [y/N] `).catch(() => undefined),
        closed,
      ])
      lines.close()
      if (reply === undefined) stderr.write('\n')
      return /^\s*y(?:es)?\s*$/i.test(reply ?? '')
    },
  }
}

function unwritten(cause: Error): Error {
  // The reader may close the pipe early: `gravito sessions list --all | head`.
  if ('code' in cause && cause.code === 'EPIPE') process.exit(0)
  return new Error('The result cannot be written to the standard output.', { cause })
}

/** Names of users and devices come from clients. They must not move the cursor or start a new line. */
function printable(text: string): string {
  return text.split('\n').map(onOneLine).join('\n')
}
