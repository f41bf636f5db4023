import { SessionError } from '../errors.ts'
import type { SessionEvent } from '../events.ts'
import {
  cannotBeWithin,
  cannotLeave,
  outcomeUnknown,
  transactionTooSlow,
} from '../stored-errors.ts'
import type { AnyStore } from '../stores/drivers.ts'
import type { Awaitable, RecordsWithin } from '../stores/store.ts'
import { withinTime } from '../time-limit.ts'
import { commit } from './commit.ts'
import { type Contents, emptyContents } from './contents.ts'
import type { Engine } from './engine.ts'
import type { Intent, Outcome } from './intent.ts'
import { type Found, find } from './lookup.ts'
import { ended } from './opening.ts'
import { readable } from './situation.ts'
import type { State } from './state.ts'

/*
 * What `save({ within })` does. The changes are committed by one compare-and-set, as ever, but through a
 * transaction that the app has begun and will end. So a commit that was done may still be undone, and no
 * call of ours says so. Until the request looks, its session is in doubt.
 *
 * Nobody has to know whether the transaction has committed, because the store tells what counts: the record
 * that stands holds the changes, or it does not. What the request changes afterwards is applied to that
 * record, whoever wrote it. Only where a transaction that created the session was rolled back is there no
 * record, and the request is a visitor's again.
 *
 * It waits for no place in the queue of the session: the commit at its front may wait for the row that this
 * very transaction has locked.
 */

/** What a request has saved within transactions, and has not looked up yet. */
export interface Doubt {
  /** What the request knew before. */
  readonly before: State
  /** The version that each save has written, and the events that count if it stands. */
  readonly saves: readonly { readonly version: string; readonly events: readonly SessionEvent[] }[]
}

/** What a look-up has found out. */
export interface Learned {
  readonly state: State
  /** What the session holds, if the request may see it. */
  readonly contents?: Contents
  /** `false` if nothing stands of what was saved: it was rolled back, or the transaction is still open. */
  readonly stands: boolean
}

/**
 * Commits within a transaction of the app's.
 *
 * @param options those of `save`
 * @param doubt what the request has saved within transactions before
 * @throws what the client of the transaction throws
 */
export async function commitWithin(
  engine: Engine,
  store: AnyStore,
  timeLimit: number,
  options: unknown,
  { state, intent, doubt }: { state: State; intent: Intent; doubt: Doubt | undefined },
): Promise<{ readonly outcome: Outcome; readonly doubt: Doubt | undefined }> {
  const transaction = transactionOf(options)
  if (intent.regenerate || intent.invalidate) throw cannotLeave()
  const inTime = <T>(work: Promise<T>) =>
    withinTime(timeLimit, work, () => transactionTooSlow(timeLimit))
  const records = await inTime(recordsOf(store, transaction))
  const events: SessionEvent[] = []
  const inside: Engine = {
    ...engine,
    store: {
      isSynchronous: false,
      load: (key) => inTime(call(() => records.load(key))),
      compareAndSet: (...args) => inTime(call(() => records.compareAndSet(...args))),
      close() {},
    },
    emit(event) {
      if (isOfWrite(event)) events.push(event)
      else engine.emit(event)
    },
  }
  // Whether an earlier transaction was rolled back shows in this one, too.
  const known = doubt && (await lookUp(inside, state, doubt))
  const { view: _, ...fresh } = intent
  const wanted = { ...(known ? fresh : intent), atOnce: true, mustStay: true }
  const outcome = await commit(inside, known?.state ?? state, wanted)
  if (!outcome.wrote || outcome.state.kind !== 'live') return { outcome, doubt }
  const save = { version: outcome.state.stored.record.version, events }
  return {
    outcome: { ...outcome, wrote: false },
    doubt: { before: doubt?.before ?? state, saves: [...(known?.saves ?? []), save] },
  }
}

/** Finds out what became of it, and tells of what stands. */
export async function learn(engine: Engine, state: State, doubt: Doubt): Promise<Learned> {
  try {
    const { saves, ...learned } = await lookUp(engine, state, doubt)
    for (const event of saves.flatMap(({ events }) => events)) engine.emit(event)
    return learned
  } catch (error) {
    if (error instanceof SessionError && error.code === 'session-unavailable') {
      throw outcomeUnknown(error)
    }
    throw error
  }
}

/** With those of the saves that may stand. */
type Judgement = Learned & Pick<Doubt, 'saves'>

async function lookUp(engine: Engine, state: State, doubt: Doubt): Promise<Judgement> {
  if (state.kind !== 'live') return { state, stands: false, saves: [] }
  const { key, record } = state.stored
  return judge(engine, state, doubt, await find(engine, key, record.instance, state.stored))
}

/**
 * What the store says of what was saved. A version that this request has not written is another request's:
 * that one went on from ours, or from what was there before. Either way it is what counts.
 */
function judge(
  engine: Engine,
  state: Extract<State, { kind: 'live' }>,
  { before, saves }: Doubt,
  found: Found,
): Judgement {
  if (found.kind === 'live' || found.kind === 'moved') {
    const { record } = found.stored
    const contents = readable(record, engine.now())
    // A session that has moved is found again by the next commit, which knows that the request began before.
    const next = found.kind === 'live' ? { ...state, stored: found.stored } : state
    const old = 'stored' in before ? before.stored.record.version : undefined
    if (record.version === old) return { state: next, contents, stands: false, saves: [] }
    const last = saves.findIndex(({ version }) => version === record.version)
    const standing = saves.slice(0, last < 0 ? undefined : last + 1)
    return { state: next, contents, stands: true, saves: standing }
  }
  const { instance } = state.stored.record
  const isOurs = found.kind === 'gone' && found.stored.record.instance === instance
  if (!('stored' in before) && !isOurs) {
    return { state: before, contents: emptyContents(), stands: false, saves: [] }
  }
  return { state: ended(engine, state), stands: true, saves: [] }
}

/** What counts only if the transaction commits. */
function isOfWrite({ type }: SessionEvent): boolean {
  return type === 'session:saved' || type === 'session:created'
}

async function recordsOf(store: AnyStore, transaction: object): Promise<RecordsWithin> {
  const records = await store.within?.(transaction)
  if (records) return records
  throw cannotBeWithin()
}

async function call<T>(work: () => Awaitable<T>): Promise<T> {
  return work()
}

/** Options that name none must never make an ordinary commit. */
function transactionOf(options: unknown): object {
  const names = Object.keys(Object(options))
  const transaction: unknown = Reflect.get(Object(options), 'within')
  if (names.join() === 'within' && isObject(transaction)) return transaction
  throw new SessionError(
    'session-bad-value',
    'session.save() takes { within: tx }, where tx is the transaction that you have begun, or nothing.',
  )
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
