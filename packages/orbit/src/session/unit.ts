import {
  movedError,
  outsideError,
  refusedAlready,
  SessionError,
  tooLateToBegin,
  tooLateToChange,
} from '../errors.ts'
import { apply, type Change, replay } from './changes.ts'
import { commit } from './commit.ts'
import {
  type Contents,
  copyContents,
  decode,
  emptyContents,
  type FlashEntry,
  isEmpty,
} from './contents.ts'
import { Failures } from './failures.ts'
import { handleOf, newRandom } from './id.ts'
import type { Outcome } from './intent.ts'
import { readLoaded } from './loaded.ts'
import { endOf, touchIsDue } from './record.ts'
import type { Engine, State, Stored } from './state.ts'
import { touch } from './touches.ts'

const none: ReadonlyMap<string, FlashEntry> = new Map()

/** Which of the flash messages that the request found are gone afterwards. */
export type Ageing = 'all' | 'read' | 'none'

/** What the unit asks of the request that it works for. */
export interface RequestOfUnit {
  /** Whether the request counts as activity. */
  readonly isActivity: () => boolean
  /** What the handler failed with, so that its changes are dropped; `undefined` if it did not. */
  readonly failure: () => Error | undefined
}

/**
 * One request's work on its session: the private view, the log of changes, and the commits. Where
 * `Session` is what the handler sees, this is what happens.
 */
export class UnitOfWork {
  readonly engine: Engine
  readonly #startedAt: number
  readonly #request: RequestOfUnit
  readonly failures: Failures
  /** The flash messages that this request found. */
  incoming: ReadonlyMap<string, FlashEntry> = none
  #read: Set<string> | undefined
  #state: State
  #contents: Contents | undefined
  #changes: Change[] = []
  #regenerate = false
  #invalidate = false
  #next: string | undefined
  #looked = false
  #started = false
  #closed = false
  #refused = false
  /** The handler failed, and what it had not saved has been dropped. */
  #dropped = false
  /** How often unsaved changes were removed: a commit under way does not bring them back. */
  #removals = 0
  #isCommitting = false
  #found = none
  #wrote = false
  #unreadable = false
  /** Commits of one request come one after the other, even if the handler does not wait. */
  #last: Promise<unknown> | undefined

  constructor(engine: Engine, state: State, request: RequestOfUnit) {
    this.engine = engine
    this.#state = state
    this.#startedAt = engine.now()
    this.#request = request
    this.failures = new Failures(engine.emit, () => this.#state.random, request.failure)
  }

  get #view(): Contents {
    this.#contents ??= emptyContents()
    return this.#contents
  }

  set #view(contents: Contents) {
    this.#contents = contents
  }

  get state(): State {
    return this.#state
  }

  /** Whether the handler used the session. */
  get started(): boolean {
    return this.#started
  }

  /** Whether any commit of this request changed the store. */
  get wrote(): boolean {
    return this.#wrote
  }

  /** The random part of the id that the response will leave the browser with, as things stand. */
  get random(): string {
    const state = this.#state
    const isVisitor = state.kind === 'visitor'
    if (isVisitor && (state.from === 'new' || isEmpty(this.#view))) return state.random
    if (this.#invalidate) return this.#nextRandom()
    const { owners } = this.engine
    const before = 'stored' in state ? state.stored.record.owner : undefined
    const after = state.kind === 'ended' ? undefined : owners.of(this.#view)
    const regenerates = this.#regenerate && (state.kind === 'live' || this.#changes.length > 0)
    const moves = regenerates || (this.#changes.length > 0 && before !== after)
    return moves ? this.#nextRandom() : state.random
  }

  /** When the session ends if nobody uses it again. Nothing where nothing is stored, or put yet. */
  get endsAt(): number | undefined {
    const contents = this.contents()
    const state = this.#state
    const now = this.#startedAt
    const { owners, times } = this.engine
    if (this.#invalidate || !('stored' in state)) {
      const isKept = state.kind !== 'ended' && !isEmpty(contents)
      return isKept ? endOf(now, now, times) : undefined
    }
    const { createdAt, lastActivityAt, owner } = state.stored.record
    const begins = this.#changes.length > 0 && owners.of(contents) !== owner
    const counts = state.kind === 'live' && this.#isActivity()
    const last = counts ? Math.max(now, lastActivityAt) : lastActivityAt
    return endOf(begins ? now : createdAt, last, times)
  }

  /**
   * From here on the session counts as used: the response will carry its cookies. So the first use
   * must come before the response. In an error handler it drops what the handler had changed.
   */
  start(): void {
    const isFirst = !this.#started
    if (isFirst && this.#closed) throw this.failures.late(tooLateToBegin())
    if (!this.#closed && this.#request.failure()) this.#dropOnce()
    this.#started = true
    this.look()
    if (this.#state.kind !== 'unavailable') return
    if (isFirst) this.failures.report(this.#state.error)
    throw this.#state.error
  }

  /** Use that shows in this response only, so it must come before it. */
  begin(): void {
    this.start()
    if (this.#closed) throw this.failures.late(tooLateToChange())
  }

  /** Reads what was loaded, which may turn out to be unreadable, without using it. */
  look(): void {
    if (this.#looked) return
    this.#looked = true
    if (this.#state.kind !== 'live' && this.#state.kind !== 'sealed') return
    const { state, contents, isOutOfReach } = readLoaded(this.engine, this.#state)
    this.#state = state
    this.#unreadable = isOutOfReach
    if (!contents) return
    this.#view = contents
    if (contents.flash.size === 0) return
    this.#found = new Map(contents.flash)
    this.incoming = this.#found
  }

  /** The contents as this request sees them. */
  contents(): Contents {
    this.start()
    if (this.#unreadable) throw movedError()
    return this.#view
  }

  change(change: Change): void {
    this.start()
    this.#refuseChange()
    apply(this.#view, change)
    this.#changes.push(change)
    if (change.op === 'clear') this.incoming = none
  }

  /** A flash message that this request found. Reading it may be what ends it; peeking is not. */
  incomingFlash(key: string, peek: boolean): FlashEntry | undefined {
    this.contents()
    const entry = this.incoming.get(key)
    if (entry && !peek) {
      const read = this.#read ?? new Set()
      this.#read = read.add(entry.mark)
    }
    return entry
  }

  regenerate(): void {
    this.start()
    this.#refuseChange()
    if (!this.#invalidate) this.#regenerate = true
  }

  invalidate(): void {
    this.start()
    this.#refuseChange()
    const state = this.#state
    // A commit under way may be storing what a visitor put.
    if (state.kind !== 'visitor' || state.corrupt || this.#isCommitting) this.#invalidate = true
    this.#removals += 1
    this.#regenerate = false
    this.#changes = []
    this.#view = emptyContents()
    this.#unreadable = false
    this.incoming = none
  }

  /** Commits what has been asked for so far. */
  async save(): Promise<void> {
    this.start()
    this.#refuseLate()
    await this.#commit(undefined)
  }

  /** Commits at once, together with one more change that must meet the session as it is now. */
  async saveStrictly(change: Change): Promise<void> {
    this.start()
    this.#refuseChange()
    await this.#commit(change)
  }

  /** From here on nothing can change: the response has been made. */
  close(): void {
    this.#closed = true
    this.failures.close()
  }

  /** Whether the request was refused: then nothing is stored, and no cookie is set. */
  get isRefused(): boolean {
    return this.#refused
  }

  /** The request was refused before its handler ran: whoever makes the response may only read. */
  refuse(): void {
    this.#refused = true
  }

  /**
   * Drops the changes that are not saved; `regenerate()` and `invalidate()` stand. A commit under way
   * does not bring back what it could not store.
   */
  drop(): void {
    this.#dropped = true
    this.#removals += 1
    this.#changes = []
    this.#view = this.#asStored()
    const { flash } = this.#view
    this.incoming = new Map(
      [...this.#found].filter(([key, { mark }]) => flash.get(key)?.mark === mark),
    )
  }

  #dropOnce(): void {
    if (!this.#dropped) this.drop()
  }

  /** The last commit, and the touch. Says whether it changed the store. */
  async finish(ageing: () => Ageing): Promise<boolean> {
    if (this.#last) await this.#last.catch(() => {})
    this.#closed = true
    if (this.#request.failure()) this.#dropOnce()
    this.engine.signInHint?.(this.#changes, this.#view)
    const isOptional = !this.#hasChanged()
    if (this.#state.kind === 'live' && this.incoming.size > 0) this.#age(ageing())
    try {
      const wrote = this.#hasChanged() && (await this.#commit(undefined))
      const untouched = wrote ? undefined : this.#toBeTouched()
      return untouched ? await this.#touch(untouched) : wrote
    } catch (error) {
      if (!isOptional) throw error
      return false
    } finally {
      this.close()
    }
  }

  #hasChanged(): boolean {
    return this.#changes.length > 0 || this.#regenerate || this.#invalidate
  }

  #asStored(): Contents {
    const state = this.#state
    if (!this.#looked) return this.#view
    if (!('stored' in state) || this.#invalidate || this.#unreadable) return emptyContents()
    return decode(state.stored.record.payload) ?? emptyContents()
  }

  #age(which: Ageing): void {
    if (which === 'none') return
    for (const [key, { mark }] of this.incoming) {
      if (which === 'read' && !this.#read?.has(mark)) continue
      const change: Change = { op: 'age', key, mark }
      apply(this.#view, change)
      this.#changes.push(change)
    }
  }

  #commit(strict: Change | undefined): Promise<boolean> {
    const now = () => this.#commitNow(strict)
    const turn = this.#last ? this.#last.then(now, now) : now()
    this.#last = turn
    // The caller hears of a failure; this chain only keeps the order.
    turn.catch(() => {})
    return turn
  }

  async #commitNow(strict: Change | undefined): Promise<boolean> {
    const changes = this.#changes
    const regenerate = this.#regenerate
    const invalidate = this.#invalidate
    const removals = this.#removals
    if (!strict && !this.#hasChanged()) return false
    this.#changes = []
    this.#regenerate = false
    this.#invalidate = false
    const intent = {
      changes: strict ? [...changes, strict] : changes,
      ...(strict ? {} : { view: copyContents(this.#view) }),
      regenerate,
      invalidate,
      next: () => this.#nextRandom(),
      active: this.#isActivity(),
      startedAt: this.#startedAt,
      strict: strict !== undefined,
    }
    const { engine } = this
    let outcome: Outcome
    this.#isCommitting = true
    try {
      const state = this.#state
      outcome = await engine.queue.run(handleOf(state.random), () => commit(engine, state, intent))
    } catch (error) {
      if (this.#removals === removals) this.#changes = [...changes, ...this.#changes]
      this.#regenerate ||= regenerate
      this.#invalidate ||= invalidate
      this.#forgetNeedlessEnd()
      if (error instanceof SessionError) this.#fail(error)
      throw error
    } finally {
      this.#isCommitting = false
    }
    return this.#take(outcome)
  }

  #take(outcome: Outcome): boolean {
    this.#state = outcome.state
    this.#wrote ||= outcome.wrote
    this.#next = undefined
    this.#forgetNeedlessEnd()
    // After an `invalidate()` meanwhile, what the commit stored is over already.
    const base = this.#invalidate ? emptyContents() : outcome.contents
    if (base) this.#view = replay(base, this.#changes)
    return outcome.wrote
  }

  /** The commit that an `invalidate()` came in between of has stored nothing that could be ended. */
  #forgetNeedlessEnd(): void {
    const state = this.#state
    if (state.kind === 'visitor' && !state.corrupt) this.#invalidate = false
  }

  /** After a store that did not answer nobody knows what it holds: nothing more is written. */
  #fail(error: SessionError): void {
    this.failures.report(error)
    if (error.code !== 'session-unavailable') return
    this.#state = { kind: 'unavailable', random: this.#state.random, error }
  }

  /** What a touch is due for. Mostly nothing, and then nobody waits. */
  #toBeTouched(): Stored | undefined {
    const state = this.#state
    if (!this.#started || state.kind !== 'live' || state.folded) return undefined
    const { times, now } = this.engine
    return touchIsDue(state.stored.record, times, now()) ? state.stored : undefined
  }

  async #touch(stored: Stored): Promise<boolean> {
    try {
      return await touch(this.engine, stored, this.#isActivity)
    } catch (error) {
      if (error instanceof SessionError) this.failures.report(error)
      return false
    }
  }

  /** The app's `touch`. If it fails, the request does not count as activity, and everything else goes on. */
  #isActivity = (): boolean => {
    try {
      return this.#request.isActivity()
    } catch (thrown) {
      this.failures.callback('session.touch', thrown)
      return false
    }
  }

  #nextRandom(): string {
    this.#next ??= newRandom()
    return this.#next
  }

  #refuseChange(): void {
    this.#refuseLate()
    if (this.#state.kind === 'visitor' && this.#state.from === 'outside') throw outsideError()
  }

  #refuseLate(): void {
    if (this.#closed) throw this.failures.late(tooLateToChange())
    if (this.#refused) throw this.failures.late(refusedAlready())
  }
}
