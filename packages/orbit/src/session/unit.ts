import { andThen, orElse } from '../awaitable.ts'
import {
  movedError,
  outsideError,
  refusedAlready,
  SessionError,
  tooLateToBegin,
  tooLateToChange,
} from '../errors.ts'
import type { Awaitable } from '../stores/store.ts'
import type { Change } from './changes.ts'
import type { Contents, FlashEntry } from './contents.ts'
import type { Device } from './facts.ts'
import { Failures } from './failures.ts'
import { type Ageing, IncomingFlash } from './flash.ts'
import type { Stored } from './lookup.ts'
import type { EndedBecause, State } from './state.ts'
import { touchIsDue } from './times.ts'
import { type Commitment, type Opening, Transaction } from './transaction.ts'
import type { RequestEngine } from './work.ts'

/** What the unit needs from its request. */
export interface RequestOfUnit {
  /** Whether the request counts as activity. */
  isActivity(): boolean
  /** The device of the request, if the app stores devices. */
  device(): Awaitable<Device | undefined>
  /** The error of the handler, whose changes are then dropped. `undefined` if it did not fail. */
  failure(): Error | undefined
  /** Lets work that the handler waits for continue if the client disconnects. */
  keepGoing(work: Promise<unknown>): void
}

/**
 * One request's work on its session: when it may start, change and end, and what is committed at the
 * end. The handler calls `Session`, and this class does the work.
 */
export class UnitOfWork {
  readonly engine: RequestEngine
  readonly failures: Failures
  readonly flash = new IncomingFlash()
  readonly #transaction: Transaction
  readonly #request: RequestOfUnit
  #isStarted = false
  #isClosed = false
  #isRefused = false
  /** Whether the handler has failed and its unsaved changes have been dropped. */
  #isDropped = false

  /** @param startedAt when the request began */
  constructor(engine: RequestEngine, opening: Opening, request: RequestOfUnit, startedAt: number) {
    this.engine = engine
    this.#transaction = new Transaction(engine, opening, startedAt)
    this.#request = request
    this.failures = new Failures(engine.emit, this.#transaction, request)
  }

  get state(): State {
    return this.#transaction.state
  }

  /** Whether the handler, or the check before it, has read the session. */
  get isLoaded(): boolean {
    return this.#transaction.isLoaded
  }

  /** Whether the handler used the session. */
  get started(): boolean {
    return this.#isStarted
  }

  /** Whether any commit of this request changed the store. */
  get wrote(): boolean {
    return this.#transaction.wrote
  }

  /** The random part of the id that the browser will have after the response, as it is known now. */
  get random(): string {
    return this.#transaction.random
  }

  /** Why the id of the request no longer has a session. Reading it counts as use of the session. */
  get endedBecause(): EndedBecause | undefined {
    this.start()
    return this.#transaction.endedBecause
  }

  /** When the user last proved their identity. */
  get confirmedAt(): number | undefined {
    this.contents()
    return this.#transaction.confirmedAt
  }

  /** When the session ends if it is not used again. */
  get endsAt(): number | undefined {
    this.contents()
    return this.#transaction.endsAt(this.#isActivity)
  }

  /**
   * From now on, the session counts as used, and the response will set its cookies. So the first use must come
   * before the response. In an error handler, this drops the changes of the handler.
   */
  start(): void {
    const isFirst = !this.#isStarted
    if (isFirst && this.#isClosed) throw this.failures.late(tooLateToBegin())
    if (!this.#isClosed && this.#request.failure()) this.#dropOnce()
    this.#isStarted = true
    this.look()
    const { state } = this
    if (state.kind !== 'unavailable') return
    if (isFirst) this.failures.report(state.error)
    throw state.error
  }

  /** For a use that affects only this response, so it must come before the response. */
  begin(): void {
    this.start()
    if (this.#isClosed) throw this.failures.late(tooLateToChange())
  }

  /** Reads the loaded session without using it. */
  look(): void {
    const contents = this.#transaction.load()
    if (contents) this.flash.load(contents)
  }

  /** The contents as this request sees them. */
  contents(): Contents {
    this.start()
    if (this.#transaction.isOutOfReach) throw movedError()
    return this.#transaction.view
  }

  change(change: Change): void {
    this.start()
    this.#refuseChange()
    this.#transaction.change(change)
    if (change.op === 'clear') this.flash.clear()
  }

  /** A flash message that this request received. */
  incomingFlash(key: string, peek: boolean): FlashEntry | undefined {
    this.contents()
    return this.flash.get(key, peek)
  }

  regenerate(): void {
    this.start()
    this.#refuseChange()
    this.#transaction.regenerate()
  }

  invalidate(): void {
    this.start()
    this.#refuseChange()
    this.#transaction.invalidate()
    this.flash.clear()
  }

  /**
   * Commits everything that has been requested so far.
   *
   * @param options the argument of `save`, if there is one
   */
  async save(options?: unknown): Promise<void> {
    this.start()
    this.#refuseLate()
    await this.#commitNow({ options })
  }

  /** Commits at once, together with one more change that needs the latest data of the session. */
  async saveAtOnce(change: Change): Promise<void> {
    this.start()
    this.#refuseChange()
    await this.#commitNow({ last: change })
  }

  /** After this, nothing can change: the response is complete. */
  close(): void {
    this.#isClosed = true
    this.failures.close()
  }

  /** Whether the request was refused. Then nothing is stored, and no cookie is set. */
  get isRefused(): boolean {
    return this.#isRefused
  }

  /** The request was refused before its handler ran. The code that creates the response may only read. */
  refuse(): void {
    this.#isRefused = true
  }

  /** Drops the unsaved changes, but keeps `regenerate()` and `invalidate()`. */
  drop(): void {
    this.#isDropped = true
    this.#transaction.drop()
    this.flash.restore(this.#transaction.view)
  }

  #dropOnce(): void {
    if (!this.#isDropped) this.drop()
  }

  /** The last commit and the touch. Returns whether they changed the store. A request that only read does not wait. */
  finish(ageing: () => Ageing): Awaitable<boolean> {
    const settling = this.#transaction.settle()
    return settling ? settling.then(() => this.#finish(ageing)) : this.#finish(ageing)
  }

  #finish(ageing: () => Ageing): Awaitable<boolean> {
    this.#isClosed = true
    if (this.#request.failure()) this.#dropOnce()
    const learning = this.#transaction.learn()
    if (!learning) return this.#finishKnown(ageing)
    return this.#reporting(() =>
      learning.then(
        (stands) => andThen(this.#finishKnown(ageing), (wrote) => wrote || stands),
        (error) => {
          this.close()
          throw error
        },
      ),
    )
  }

  /** The same, once it is known whether the changes that were saved within transactions are stored. */
  #finishKnown(ageing: () => Ageing): Awaitable<boolean> {
    const transaction = this.#transaction
    if (transaction.isUndone) this.flash.restore(transaction.view)
    const isOptional = !transaction.hasChanged
    if (this.state.kind === 'live' && !this.flash.isEmpty) {
      for (const change of this.flash.ageing(ageing())) transaction.change(change)
    }
    const written = orElse(
      () => (transaction.hasChanged || this.#toBeTouched() ? this.#write() : false),
      (error) => {
        if (isOptional) return false
        this.close()
        throw error
      },
    )
    return andThen(written, (wrote) => {
      this.close()
      return wrote
    })
  }

  #write(): Awaitable<boolean> {
    return andThen(this.#transaction.hasChanged && this.#commit(), (wrote) => {
      const untouched = wrote ? undefined : this.#toBeTouched()
      return untouched ? this.#touch(untouched) : wrote
    })
  }

  #commitNow(how: Commitment): Awaitable<boolean> {
    const committing = this.#commit(how)
    if (committing instanceof Promise) this.#request.keepGoing(committing)
    return committing
  }

  #commit(how?: Commitment): Awaitable<boolean> {
    return this.#reporting(() => this.#transaction.commit(this.#committing, how))
  }

  #reporting<T>(work: () => Awaitable<T>): Awaitable<T> {
    return orElse(work, (error) => {
      if (error instanceof SessionError) this.failures.report(error)
      throw error
    })
  }

  /** The session that must be touched now. Usually there is none, and then nothing waits. */
  #toBeTouched(): Stored | undefined {
    const { state } = this
    if (!this.#isStarted || state.kind !== 'live' || state.isRebased) return undefined
    const { times, now } = this.engine
    return touchIsDue(state.stored.record, times, now()) ? state.stored : undefined
  }

  async #touch(stored: Stored): Promise<boolean> {
    try {
      const work = await this.engine.work()
      return await work.touch(this.engine, stored, this.#isActivity)
    } catch (error) {
      if (error instanceof SessionError) this.failures.report(error)
      return false
    }
  }

  /** Calls the app's `touch`. If it fails, the request does not count as activity. Everything else continues. */
  #isActivity = (): boolean => {
    try {
      return this.#request.isActivity()
    } catch (thrown) {
      this.failures.callback('session.touch', thrown)
      return false
    }
  }

  readonly #committing = {
    isActivity: () => this.#isActivity(),
    device: () => this.#request.device(),
  }

  #refuseChange(): void {
    this.#refuseLate()
    const { state } = this
    if (state.kind === 'visitor' && state.from === 'outside') throw outsideError()
  }

  #refuseLate(): void {
    if (this.#isClosed) throw this.failures.late(tooLateToChange())
    if (this.#isRefused) throw this.failures.late(refusedAlready())
  }
}
