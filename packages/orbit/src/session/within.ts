import { SessionError } from '../errors.ts'
import type { SessionEvent } from '../events.ts'
import {
  cannotBeWithin,
  cannotLeave,
  outcomeUnknown,
  transactionTooSlow,
} from '../stored-errors.ts'
import type { OpenStore } from '../stores/drivers.ts'
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
 * What `save({ within })` does. As always, one compare-and-set commits the changes, but through a transaction
 * that the app has begun and will end. So this commit may still be rolled back, and the engine is not notified.
 * Until the request reads the store again, the state of its session is uncertain.
 *
 * The engine does not have to know whether the transaction was committed, because the store shows it: the stored
 * record contains the changes, or it does not. Later changes of the request are applied to that record, even if
 * another request wrote it. If a transaction that created the session was rolled back, there is no record, and the
 * request continues as that of a visitor.
 *
 * This commit does not wait in the queue of the session, because the first commit in the queue may wait for the row
 * that this transaction has locked.
 */

/** What a request has saved within transactions, and has not looked up yet. */
export interface Doubt {
  /** What the request knew before. */
  readonly before: State
  /** The version that each save has written, and the events to emit if it was committed. */
  readonly saves: readonly { readonly version: string; readonly events: readonly SessionEvent[] }[]
}

/** The result of a look-up. */
export interface Learned {
  readonly state: State
  /** The contents of the session, if the request may see them. */
  readonly contents?: Contents
  /** `false` if none of the saves is stored: they were rolled back, or the transaction is still open. */
  readonly stands: boolean
}

/**
 * Commits within a transaction of the app.
 *
 * @param options the options of `save`
 * @param doubt what the request has saved within earlier transactions
 * @throws what the client of the transaction throws
 */
export async function commitWithin(
  engine: Engine,
  within: OpenStore['within'],
  timeLimit: number,
  options: unknown,
  { state, intent, doubt }: { state: State; intent: Intent; doubt: Doubt | undefined },
): Promise<{ readonly outcome: Outcome; readonly doubt: Doubt | undefined }> {
  const transaction = transactionOf(options)
  if (intent.regenerate || intent.invalidate) throw cannotLeave()
  const inTime = <T>(work: Promise<T>) =>
    withinTime(timeLimit, work, () => transactionTooSlow(timeLimit))
  const records = await inTime(recordsOf(within, transaction))
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
  // This transaction also shows whether an earlier one was rolled back.
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

/** Finds out whether the saved changes were stored, and emits the events of those that were. */
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

/** Adds the events of the saves that may be stored. */
type Judgement = Learned & Pick<Doubt, 'saves'>

async function lookUp(engine: Engine, state: State, doubt: Doubt): Promise<Judgement> {
  if (state.kind !== 'live') return { state, stands: false, saves: [] }
  const { key, record } = state.stored
  return judge(engine, state, doubt, await find(engine, key, record.instance, state.stored))
}

/**
 * Reads what the store has now. If this request has not written that version, another request has. That request
 * continued from our version, or from the version before. In both cases, the stored version is used.
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

/** Events that are emitted only if the transaction commits. */
function isOfWrite({ type }: SessionEvent): boolean {
  return type === 'session:saved' || type === 'session:created'
}

async function recordsOf(within: OpenStore['within'], transaction: object): Promise<RecordsWithin> {
  const records = await within(transaction)
  if (records) return records
  throw cannotBeWithin()
}

async function call<T>(work: () => Awaitable<T>): Promise<T> {
  return work()
}

/** Options without a transaction must never become an ordinary commit. */
function transactionOf(options: unknown): object {
  const names = Object.keys(Object(options))
  const transaction: unknown = Reflect.get(Object(options), 'within')
  if (names.join() === 'within' && isObject(transaction)) return transaction
  throw new SessionError(
    'session-bad-value',
    'session.save() takes no argument, or { within: tx }, where tx is the transaction that you have begun.',
  )
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
