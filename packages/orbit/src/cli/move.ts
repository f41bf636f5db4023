import process from 'node:process'
import { type MoveProgress, type MoveResult, moveSessions } from '../move.ts'
import type { Line } from './arguments.ts'
import { mustAgree } from './question.ts'
import { type NamedStore, openStore } from './stores.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/** The number of records between two progress reports. */
const tellEvery = 1_000

/** `gravito sessions move`: runs `moveSessions` of `@gravito/orbit/move` between two stores that are given by name. */
export async function moveStores(line: Line, terminal: Terminal): Promise<number> {
  const [fromName, toName] = [line.text('from'), line.text('to')]
  if (fromName === undefined || toName === undefined) {
    throw new UsageError('Name both stores: --from <store> --to <store>.')
  }
  const from = await openStore(fromName)
  const to = await openStore(toName).catch(async (error: unknown) => {
    await from.close()
    throw error
  })
  try {
    await mustAgree(
      line,
      terminal,
      'This moves all sessions. Every process of the app must already use both stores, as store: [to, from]. A process that does not signs its users out.',
    )
    const result = await moved({ from, to }, terminal)
    await report(result, line, terminal)
    return result.isComplete ? 0 : 1
  } finally {
    await Promise.all([from.close(), to.close()])
  }
}

/** Ctrl-C stops the move between two records. */
async function moved(
  { from, to }: { readonly from: NamedStore; readonly to: NamedStore },
  terminal: Terminal,
): Promise<MoveResult> {
  const stop = new AbortController()
  const abort = () => stop.abort()
  process.once('SIGINT', abort).once('SIGTERM', abort)
  const onProgress = ({ moved }: MoveProgress) => {
    if (moved > 0 && moved % tellEvery === 0) terminal.note(`${moved} records have moved.`)
  }
  try {
    return await moveSessions({ from: from.store, to: to.store, onProgress, signal: stop.signal })
  } finally {
    process.off('SIGINT', abort).off('SIGTERM', abort)
  }
}

async function report(result: MoveResult, line: Line, terminal: Terminal): Promise<void> {
  const { moved, skipped, isComplete } = result
  const words = `${moved} ${moved === 1 ? 'record has' : 'records have'} moved, ${skipped} skipped.`
  await terminal.out(line.has('json') ? JSON.stringify(result) : words)
  if (!isComplete)
    terminal.note('The move was stopped. Run it again: it continues where it stopped.')
}
