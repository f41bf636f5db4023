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
  // The reader may close the pipe early: `gravito sessions list --all | head`.
  stdout.on('error', () => process.exit(0))
  return {
    out: (line) => new Promise((resolve) => void write(`${printable(line)}\n`, () => resolve())),
    note: (line) => void stderr.write(`${printable(line)}\n`),
    isInteractive: stdin.isTTY === true,
    async ask(question) {
      const lines = createInterface({ input: stdin, output: stderr })
      try {
        const reply = await lines.question(`${onOneLine(question)} [y/N] `)
        return /^\s*y(?:es)?\s*$/i.test(reply)
      } finally {
        lines.close()
      }
    },
  }
}

/** Names of users and devices come from clients. They must not move the cursor or begin a new line. */
function printable(text: string): string {
  return text.split('\n').map(onOneLine).join('\n')
}
