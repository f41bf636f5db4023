import { andThen, atOnce, orElse } from '../awaitable.ts'
import { SessionError } from '../errors.ts'
import type { Awaitable } from '../stores/store.ts'
import { apply, type Change, replay, signInOf } from './changes.ts'
import { type Contents, copyContents, emptyContents, isEmpty, livingContents } from './contents.ts'
import type { Device } from './facts.ts'
import { newRandom } from './id.ts'
import type { Intent, Outcome } from './intent.ts'
import type { EndedBecause, State } from './state.ts'
import { begun, endOf } from './times.ts'
import type { Doubt } from './within.ts'
import type { RequestEngine } from './work.ts'

/** What a request starts with: its state, or a function that finds out the state at the first use. */
export type Opening = State | { readonly random: string; readonly open: () => State }

/** What a commit needs to know about the request. */
export interface CommittingRequest {
  /** Whether it counts as activity. */
  readonly isActivity: () => boolean
  /** The device of the request, if the app stores devices. */
  readonly device: () => Awaitable<Device | undefined>
}

/** What belongs only to one commit. */
export interface Commitment {
  /** One more change, which needs the latest data of the session. */
  readonly last?: Change
  /** The argument of `save`. Any value except `undefined` must name a transaction of the app. */
  readonly options?: unknown
}

/** The request's view of a session, the list of changes that led to it, and the commits of that list. */
export class Transaction {
  readonly engine: RequestEngine
  readonly startedAt: number
  #opening: Opening
  #contents: Contents | undefined
  /** Whether others may hold the same contents. If so, the next change needs a copy. */
  #isShared = false
  #changes: Change[] = []
  #regenerate = false
  #invalidate = false
  /** The old id of a moved session may no longer read it. */
  #isOutOfReach = false
  #isLoaded = false
  #next: string | undefined
  /** How often unsaved changes were removed. A commit in flight does not restore them. */
  #removals = 0
  #isCommitting = false
  #wrote = false
  /** What was saved within transactions of the app, until a look-up shows whether it is stored. */
  #doubt: Doubt | undefined
  /** Whether something that was saved within a transaction, or that should have been, is not stored. */
  #isUndone = false
  /** Commits of one request run one after the other, even if the handler does not await them. */
  #last: Promise<unknown> | undefined

  constructor(engine: RequestEngine, opening: Opening, startedAt: number) {
    this.engine = engine
    this.startedAt = startedAt
    this.#opening = opening
  }

  get state(): State {
    if ('open' in this.#opening) this.#opening = this.#opening.open()
    return this.#opening
  }

  set state(state: State) {
    this.#opening = state
  }

  get view(): Contents {
    this.#contents ??= emptyContents()
    return this.#contents
  }

  get changes(): readonly Change[] {
    return this.#changes
  }

  get isLoaded(): boolean {
    return this.#isLoaded
  }

  get isOutOfReach(): boolean {
    return this.#isOutOfReach
  }

  /** Whether any commit of this request changed the store. */
  get wrote(): boolean {
    return this.#wrote
  }

  /** Whether changes of `save({ within })` were undone: they failed with the transaction, or were rolled back. */
  get isUndone(): boolean {
    return this.#isUndone
  }

  get hasChanged(): boolean {
    return this.#changes.length > 0 || this.#regenerate || this.#invalidate
  }

  /** The random part of the id that the browser will have after the response, as it is known now. */
  get random(): string {
    if ('open' in this.#opening) return this.#opening.random
    const state = this.#opening
    const isVisitor = state.kind === 'visitor'
    if (isVisitor && (state.from === 'new' || isEmpty(this.view))) return state.random
    if (this.#invalidate) return this.#nextRandom()
    const { owners } = this.engine
    const before = 'stored' in state ? state.stored.record.owner : undefined
    const after = state.kind === 'ended' ? undefined : owners.of(this.view)
    const regenerates = this.#regenerate && (state.kind === 'live' || this.#changes.length > 0)
    const moves = regenerates || (this.#changes.length > 0 && before !== after)
    return moves ? this.#nextRandom() : state.random
  }

  /** Why the id of the request no longer has a session. */
  get endedBecause(): EndedBecause | undefined {
    const { state } = this
    if (state.kind === 'ended') return 'ended'
    if (this.#isOutOfReach) return 'moved'
    return state.kind === 'visitor' ? state.endedBecause : undefined
  }

  /** When the user last proved their identity. `undefined` if no user is signed in. */
  get confirmedAt(): number | undefined {
    const { state, view, startedAt } = this
    const owner = this.engine.owners.of(view)
    if (owner === undefined) return undefined
    if (view.facts?.owner === owner) return view.facts.confirmedAt
    const record = 'stored' in state ? state.stored.record : undefined
    return record?.owner === owner ? record.createdAt : startedAt
  }

  /** When the session ends if it is not used again. `undefined` if nothing is stored or put yet. */
  endsAt(counts: () => boolean): number | undefined {
    const { view, state, startedAt: now } = this
    const { owners, times } = this.engine
    const owner = owners.of(view)
    const lifetime = signInOf(this.#changes, owner)?.lifetime
    const fresh = () => ({ ...begun(now, times, lifetime), lastActivityAt: now })
    if (this.#invalidate || !('stored' in state)) {
      const isKept = state.kind !== 'ended' && !isEmpty(view)
      return isKept ? endOf(fresh(), times) : undefined
    }
    const { record } = state.stored
    const begins = this.#changes.length > 0 && (lifetime || owner !== record.owner)
    const isActive = state.kind === 'live' && counts()
    const lastActivityAt = isActive ? Math.max(now, record.lastActivityAt) : record.lastActivityAt
    return endOf({ ...(begins ? fresh() : record), lastActivityAt }, times)
  }

  /** Reads the loaded record, which may be unreadable. Emits the event for that only once. */
  load(): Contents | undefined {
    if (this.#isLoaded) return undefined
    this.#isLoaded = true
    const { state } = this
    if (state.kind !== 'live' && state.kind !== 'moved') return undefined
    const loaded = atOnce(this.engine.work()).readLoaded(this.engine, state)
    this.state = loaded.state
    this.#isOutOfReach = loaded.isOutOfReach
    this.#contents = loaded.contents
    this.#isShared = true
    return loaded.contents
  }

  change(change: Change): void {
    if (this.#isShared) this.#contents = copyContents(this.view)
    this.#isShared = false
    apply(this.view, change)
    this.#changes.push(change)
  }

  regenerate(): void {
    if (!this.#invalidate) this.#regenerate = true
  }

  invalidate(): void {
    const { state } = this
    // A commit in flight may be storing what a visitor put.
    if (state.kind !== 'visitor' || state.unreadable || this.#isCommitting) this.#invalidate = true
    this.#removals += 1
    this.#regenerate = false
    this.#changes = []
    this.#contents = undefined
    this.#isOutOfReach = false
  }

  /**
   * Drops the unsaved changes, but keeps `regenerate()` and `invalidate()`. A commit in flight does not restore
   * what it could not store.
   */
  drop(): void {
    this.#removals += 1
    this.#changes = []
    if (this.#isLoaded) this.#contents = this.#asStored()
    this.#isShared = true
  }

  #asStored(): Contents | undefined {
    const { state } = this
    if (!('stored' in state) || this.#invalidate || this.#isOutOfReach) return undefined
    const { stored } = state
    stored.contents ??= atOnce(this.engine.work()).decode(stored.record.data)
    return stored.contents && livingContents(stored.contents, this.engine.now())
  }

  /** Waits for the commits in flight, even if they fail. `undefined` if there are none. */
  settle(): Promise<unknown> | undefined {
    return this.#last?.catch(() => {})
  }

  /**
   * Commits everything that has been requested so far, after the commits in flight. Returns whether it changed
   * the store.
   *
   * @throws what the client of the app's transaction throws. In that case, the changes so far are dropped: they are
   * stored together with that transaction, or not at all
   */
  commit(request: CommittingRequest, how: Commitment = {}): Awaitable<boolean> {
    // A function that runs inside the first commit has called this, so there is no promise to wait for yet.
    if (this.#isCommitting && !this.#last) {
      return Promise.resolve().then(() => this.commit(request, how))
    }
    const run = () => this.#commit(request, how)
    const done = this.#last ? this.#last.then(run, run) : run()
    if (!(done instanceof Promise)) return done
    this.#last = done
    // The caller gets the failure. This chain only keeps the order.
    done.catch(() => {})
    return done
  }

  #commit(request: CommittingRequest, how: Commitment): Awaitable<boolean> {
    const { last, options } = how
    const isWithin = options !== undefined
    const learning = isWithin ? undefined : this.learn()
    if (learning) return learning.then(() => this.#commit(request, how))
    if (!last && !isWithin && !this.hasChanged) return false
    const changes = this.#changes
    const regenerate = this.#regenerate
    const invalidate = this.#invalidate
    const removals = this.#removals
    this.#changes = []
    this.#regenerate = false
    this.#invalidate = false
    this.#isShared = true
    const { engine, state } = this
    // Set from here on, because the app's `touch` may change and save the session while the intent is created.
    this.#isCommitting = true
    const intend = (): Intent => ({
      changes: last ? [...changes, last] : changes,
      ...(last ? {} : { view: this.view }),
      regenerate,
      invalidate,
      next: () => this.#nextRandom(),
      active: request.isActivity(),
      device: request.device,
      startedAt: this.startedAt,
      atOnce: last !== undefined,
      isAfterUndone: this.#isUndone,
    })
    const committed = orElse(
      () => {
        const intent = intend()
        return andThen(engine.work(), (work) =>
          isWithin
            ? work
                .commitWithin(engine, options, { state, intent, doubt: this.#doubt })
                .then(({ outcome, doubt }) => {
                  this.#doubt = doubt
                  return outcome
                })
            : work.commit(engine, state, intent),
        )
      },
      (error) => {
        this.#isCommitting = false
        this.#regenerate ||= regenerate
        this.#invalidate ||= invalidate
        this.#forgetNeedlessEnd()
        const isUnknown = error instanceof SessionError && error.code === 'session-unavailable'
        if (isWithin && !isUnknown) {
          this.#isUndone = true
          this.#show(this.#asStored() ?? emptyContents())
        } else if (this.#removals === removals) this.#changes = [...changes, ...this.#changes]
        // The store may or may not have stored the changes, so this request does not write again.
        if (isUnknown) this.state = { kind: 'unavailable', random: state.random, error }
        throw error
      },
    )
    return andThen(committed, (outcome) => {
      this.#isCommitting = false
      this.#take(outcome)
      return outcome.wrote
    })
  }

  /**
   * Finds out whether changes that were saved within transactions are stored. `undefined` if there were none.
   */
  learn(): Promise<boolean> | undefined {
    return this.#doubt && this.#learn(this.#doubt)
  }

  async #learn(doubt: Doubt): Promise<boolean> {
    const { engine, state } = this
    this.#doubt = undefined
    try {
      const work = await engine.work()
      const learned = await work.learn(engine, state, doubt)
      this.state = learned.state
      this.#wrote ||= learned.stands
      this.#isUndone ||= !learned.stands
      this.#show(learned.contents)
      return learned.stands
    } catch (error) {
      if (error instanceof SessionError) {
        this.state = { kind: 'unavailable', random: state.random, error }
      }
      throw error
    }
  }

  /**
   * Shows these contents, with the unsaved changes. If `invalidate()` was called during the commit, the next commit
   * ends what this one has stored.
   */
  #show(contents: Contents | undefined): void {
    const base = this.#invalidate ? emptyContents() : contents
    if (base) this.#contents = this.#changes.length > 0 ? replay(base, this.#changes) : base
    this.#isShared = true
  }

  #take({ state, wrote, contents }: Outcome): void {
    this.state = state
    this.#wrote ||= wrote
    this.#next = undefined
    this.#forgetNeedlessEnd()
    this.#show(contents)
    if (state.kind === 'live' && contents) state.stored.contents = contents
  }

  /** If nothing is stored, `invalidate()` has nothing to end. */
  #forgetNeedlessEnd(): void {
    const { state } = this
    if (state.kind === 'visitor' && !state.unreadable) this.#invalidate = false
  }

  #nextRandom(): string {
    this.#next ??= newRandom()
    return this.#next
  }
}
