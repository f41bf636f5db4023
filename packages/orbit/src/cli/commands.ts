import { type AllSessions, allSessions } from '../admin/all-sessions.ts'
import { detailsJson, ownerJson, summaryJson } from '../admin/json.ts'
import { countWords } from '../admin/words.ts'
import type { CommandName, Line } from './arguments.ts'
import type { Opened } from './opened.ts'
import { detailsText, listText, ownerWords } from './output.ts'
import { endTarget, listTarget } from './owner.ts'
import { mustAgree } from './question.ts'
import { aligned } from './table.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

/** What a command works with. */
export interface Work {
  readonly line: Line
  readonly terminal: Terminal
  readonly opened: Opened
  readonly all: AllSessions
}

/** Does the work of a command, and returns the exit code. */
type Command = (work: Work) => Promise<number>

/** The commands that need the sessions. */
export const commands = {
  count,
  list,
  show,
  end,
  'end-owner': endOwner,
  prune,
} as const satisfies Partial<Record<CommandName, Command>>

export function workOf(line: Line, terminal: Terminal, opened: Opened): Work {
  return { line, terminal, opened, all: allSessions(opened.sessions) }
}

async function count({ line, terminal, all, opened }: Work): Promise<number> {
  const counts = await all.count()
  if (counts.sessions + counts.moved + counts.expired + counts.lists === 0) {
    terminal.note(
      `The store has no sessions (${opened.where}). If the app has sessions, they are in another store. Run this command with the environment of the app.`,
    )
  }
  if (line.has('json')) {
    await terminal.out(JSON.stringify(counts))
    return 0
  }
  const rows = Object.entries(countWords).map(([name, words]) => {
    const isPart = name === 'signedIn' || name === 'notSignedIn'
    return [isPart ? `  ${words.toLowerCase()}` : words, String(Reflect.get(counts, name))]
  })
  const width = Math.max(...rows.map(([, number = '']) => number.length))
  const right = rows.map(([words = '', number = '']) => [words, number.padStart(width)])
  for (const row of aligned(right)) await terminal.out(row)
  return 0
}

async function list(work: Work): Promise<number> {
  const { line, terminal, all } = work
  const isJson = line.has('json')
  const text = listText()
  const print = async (sessions: Parameters<typeof text>[0]) => {
    const lines = isJson ? sessions.map((one) => JSON.stringify(summaryJson(one))) : text(sessions)
    if (lines.length > 0) await terminal.out(lines.join('\n'))
  }
  const owner = await listTarget(work)
  if (line.has('all')) {
    if (owner !== undefined || line.text('limit') || line.text('after')) {
      throw new UsageError('--all cannot be combined with --owner, --limit or --after.')
    }
    let batch = []
    for await (const session of all.walk()) {
      batch.push(session)
      if (batch.length < 100) continue
      await print(batch)
      batch = []
    }
    await print(batch)
    return 0
  }
  const { sessions, next } = await all.list({
    owner,
    ownerKey: line.text('owner-key'),
    limit: limitIn(line),
    after: line.text('after'),
  })
  await print(sessions)
  if (sessions.length === 0) terminal.note('No sessions.')
  if (next !== undefined) terminal.note(`There are more. For the next page, use --after ${next}`)
  return 0
}

function limitIn(line: Line): number | undefined {
  const text = line.text('limit')
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= 1_000) return Number(text)
  throw new UsageError('--limit must be a whole number from 1 to 1000.')
}

async function show({ line, terminal, all }: Work): Promise<number> {
  const [handle = ''] = line.words
  const details = await all.show(handle, { data: line.has('data') })
  if (!details) {
    terminal.note(noSession(handle))
    return 1
  }
  const isJson = line.has('json')
  await terminal.out(isJson ? JSON.stringify(detailsJson(details)) : detailsText(details))
  return 0
}

async function end(work: Work): Promise<number> {
  const { line, terminal, all } = work
  const handles = [...new Set(line.words)]
  if (handles.length > 1) await mustAgree(line, terminal, `This ends ${handles.length} sessions.`)
  const missing: string[] = []
  for (const handle of handles) if (!(await all.end(handle))) missing.push(handle)
  const ended = handles.length - missing.length
  if (line.has('json')) await terminal.out(JSON.stringify({ ended, notFound: missing }))
  else if (ended > 0) await terminal.out(`Ended ${sessionsOf(ended)}.`)
  for (const handle of missing) terminal.note(noSession(handle))
  return missing.length > 0 ? 1 : 0
}

async function endOwner(work: Work): Promise<number> {
  const { line, terminal, all } = work
  const ownerKey = line.text('owner-key')
  const { owners, sessions } = await endTarget(work)
  const [owner = ''] = owners
  const words = ownerWords(owner)
  if (sessions > 1) {
    await mustAgree(line, terminal, `This ends ${sessions} sessions of user ${words}.`)
  }
  let ended = 0
  for (const one of owners) ended += await all.endOwner(one, ownerKey)
  const json = { ...ownerJson(owner), ended }
  if (line.has('json')) await terminal.out(JSON.stringify(json))
  else if (ended === 0) await terminal.out(`User ${words} has no session.`)
  else await terminal.out(`Ended ${sessionsOf(ended)} of user ${words}.`)
  return 0
}

async function prune({ line, terminal, all }: Work): Promise<number> {
  const removed = await all.prune()
  const words = removed === 1 ? '1 expired record' : `${removed} expired records`
  await terminal.out(line.has('json') ? JSON.stringify({ removed }) : `Removed ${words}.`)
  return 0
}

function sessionsOf(count: number): string {
  return count === 1 ? '1 session' : `${count} sessions`
}

function noSession(handle: string): string {
  return `There is no session with the handle ${handle.slice(0, 60)}.`
}
