import process from 'node:process'
import { createInterface } from 'node:readline/promises'
import { onOneLine } from '../quote.ts'

/** Where a command writes, and whom it can ask. */
export interface Terminal {
  /** The result, for people and for programs. */
  out(line: string): Promise<void>
  /** Everything else: notes, questions, problems. */
  note(line: string): void
  /** Whether somebody can answer a question. */
  readonly isInteractive: boolean
  ask(question: string): Promise<boolean>
}

/**
 * The terminal of this process. The result has the standard output for itself: what the app logs while it is
 * loaded goes to the standard error, so that `--json` stays JSON.
 */
export function openTerminal(): Terminal {
  const { stdin, stdout, stderr } = process
  const write = stdout.write.bind(stdout)
  stdout.write = stderr.write.bind(stderr)
  // On Bun and Deno, `console` does not write through `process.stdout`.
  for (const name of ['log', 'info', 'debug'] as const) console[name] = console.error
  // Somebody reads the beginning only: `gravito sessions list --all | head`.
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

/** Clients send names of users and of devices: none of them may move the cursor or pass for another line. */
function printable(text: string): string {
  return text.split('\n').map(onOneLine).join('\n')
}
