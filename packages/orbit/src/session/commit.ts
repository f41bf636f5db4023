import { andThen } from '../awaitable.ts'
import { movedError } from '../errors.ts'
import { ambiguousError, cannotLeave, endedError } from '../stored-errors.ts'
import type { Awaitable } from '../stores/store.ts'
import { arrive, type Departure } from './arrival.ts'
import { Backoff } from './backoff.ts'
import { asMade, replay, signInOf } from './changes.ts'
import { type Contents, emptyContents, isEmpty } from './contents.ts'
import { decide, type Step } from './decide.ts'
import { encode } from './encoding.ts'
import { endRecord } from './ending.ts'
import type { Engine } from './engine.ts'
import { handleOf, newRandom } from './id.ts'
import type { Intent, Outcome } from './intent.ts'
import { type Found, find, type Stored } from './lookup.ts'
import { newMark } from './marks.ts'
import { derivedOf, ended } from './opening.ts'
import { newSession, type StoredSession } from './record.ts'
import { rewrite } from './rewrite.ts'
import { withConfirmation, withFacts } from './sign-in.ts'
import { contentsOn, readable, type Situation, situationOf } from './situation.ts'
import { isNew, type State, visitor } from './state.ts'
import { begun } from './times.ts'

/** Writes what a request wants, even if its session has changed, moved or ended since it was loaded. */
export function commit(engine: Engine, state: State, intent: Intent): Awaitable<Outcome> {
  return intent.invalidate
    ? endFirst(engine, state, intent)
    : new Commit(engine, state, intent).run(false)
}

async function endFirst(engine: Engine, state: State, intent: Intent): Promise<Outcome> {
  const end = await new Commit(engine, state, intent).run(true)
  if (intent.changes.length === 0) return end
  const outcome = await new Commit(engine, end.state, intent).run(false)
  return { ...outcome, wrote: end.wrote || outcome.wrote }
}

/** One commit. It looks, decides and tries, until no other request was faster. */
class Commit {
  readonly engine: Engine
  intent: Intent
  state: State
  /** What the request knew when the commit began. */
  readonly #origin: State
  /** The replacement for a new id that was already in use. */
  #redrawn: string | undefined

  constructor(engine: Engine, state: State, intent: Intent) {
    this.engine = engine
    this.intent = intent
    this.state = state
    this.#origin = state
  }

  /** @param ends whether to end the session before anything else */
  run(ends: boolean): Awaitable<Outcome> {
    if (this.state.kind === 'unavailable') throw this.state.error
    const first = andThen(this.#assumed() ?? this.#look(), (found) => this.#try(found, ends))
    return andThen(first, (outcome) => outcome ?? this.#tryAgain(ends))
  }

  /** One try. Returns `undefined` if another request was faster. */
  #try(found: Found, ends: boolean): Awaitable<Outcome | undefined> {
    const situation = situationOf(this, found, ends)
    const step = decide(situation.place, situation.want, situation.facts)
    const leaves = situation.facts.needsNewId || step === 'create and redirect'
    if (this.intent.mustStay && leaves) throw cannotLeave()
    if (step !== 'start alone') return this.#take(step, situation, found)
    return this.#startAlone() ? this.#try({ kind: 'nothing' }, ends) : this.#drop()
  }

  async #tryAgain(ends: boolean): Promise<Outcome> {
    const backoff = new Backoff()
    for (;;) {
      this.engine.emit({ type: 'session:conflict', handle: this.#anchor })
      await backoff.pause()
      const outcome = await this.#try(await this.#look(), ends)
      if (outcome) return outcome
    }
  }

  /** What the request already knows. The commit tries this first. `undefined` if it must read the store first. */
  #assumed(): Found | undefined {
    const { state, intent } = this
    switch (state.kind) {
      case 'live':
        return state.isRebased ? undefined : state
      case 'moved':
        return state
      case 'visitor': {
        // A parallel request of the same visitor may have stored the value that this change needs.
        const mustLook = intent.atOnce && !isNew(state) && isEmpty(contentsOn(this, undefined))
        return mustLook ? undefined : { kind: 'nothing' }
      }
      default:
        return { kind: 'nothing' }
    }
  }

  /** The random part of the id that a new record gets. */
  get #random(): string {
    return this.#redrawn ?? (isNew(this.#origin) ? this.#origin.random : this.intent.next())
  }

  #look(): Awaitable<Found> {
    const { state } = this
    if ('stored' in state) return find(this.engine, this.#anchor, state.stored.record.instance)
    if (state.kind === 'ended' || (isNew(state) && !state.derived)) return { kind: 'nothing' }
    return find(this.engine, this.#anchor)
  }

  /** The random part of the request's id. If a new id was already in use, it is replaced. */
  get #ownRandom(): string {
    return isNew(this.state) ? this.#random : this.state.random
  }

  /** The key under which the request's session is looked up. */
  get #anchor(): string {
    const { state } = this
    if ('stored' in state) return state.stored.key
    const derived = state.kind === 'visitor' ? state.derived : undefined
    return handleOf(derived ?? state.random)
  }

  /** Does the step. Returns `undefined` if another request was faster. */
  #take(
    step: Exclude<Step, 'start alone'>,
    { contents, want }: Situation,
    found: Found,
  ): Awaitable<Outcome | undefined> {
    const stored = 'stored' in found ? found.stored : undefined
    const end = found.kind === 'moved' ? found.end : undefined
    switch (step) {
      case 'create':
        return this.#create(this.#ownRandom, contents, { kind: 'none' })
      case 'create elsewhere':
        return this.#create(this.#random, contents, { kind: 'none' })
      case 'create and redirect': {
        const version = found.kind === 'unreadable' ? found.version : stored?.record.version
        return this.#create(this.#random, contents, {
          kind: 'redirect',
          key: this.#anchor,
          version,
        })
      }
      case 'rewrite':
        return stored && this.#rewrite(stored, contents)
      case 'move':
        return stored && this.#move(stored, contents, want === 'login')
      case 'move from the end':
        return end && this.#move(end, contentsOn(this, end.record), true)
      case 'move without data':
        return stored && this.#create(this.#random, contents, { kind: 'record', stored })
      case 'rebase':
        return stored && end && this.#rebase(stored, end)
      case 'end it':
        return stored && this.#end(stored)
      case 'end the end':
        return end && this.#end(end)
      case 'drop':
        return this.#drop()
      case 'nothing':
        return this.#nothing()
      case 'refuse: moved':
        this.engine.emit({ type: 'session:moved', handle: this.#anchor, outcome: 'refused' })
        throw movedError()
      case 'refuse: ended':
        throw endedError()
    }
  }

  #rewrite(stored: Stored, changed: Contents): Awaitable<Outcome | undefined> {
    const { random } = this.state
    return andThen(withConfirmation(this, changed, stored.record), (contents) =>
      andThen(rewrite(this.engine, stored, contents, this.intent.active), (done) =>
        done
          ? { state: { kind: 'live', random, stored: done.stored }, wrote: done.wrote, contents }
          : undefined,
      ),
    )
  }

  /** Re-applies the changes to the moved session. The request still sees the session as before the move. */
  async #rebase(stored: Stored, end: Stored): Promise<Outcome | undefined> {
    const contents = await withConfirmation(this, contentsOn(this, end.record), end.record)
    const done = await rewrite(this.engine, end, contents, this.intent.active)
    if (!done) return undefined
    this.engine.emit({ type: 'session:moved', handle: stored.key, outcome: 'rebased' })
    const { random } = this.state
    return { state: { kind: 'live', random, stored, isRebased: true }, wrote: done.wrote }
  }

  async #create(random: string, contents: Contents, from: Departure): Promise<Outcome | undefined> {
    const { state } = this
    if (isEmpty(contents)) return { state, wrote: false, contents }
    if (state.kind === 'visitor' && state.from === 'ambiguous') throw ambiguousError()
    const outcome = await this.#arrive(random, contents, from, undefined)
    if (outcome === 'ended') throw endedError()
    // The session is stored. If the unreadable record cannot be removed, it expires.
    if (outcome) await this.#removeUnreadable().catch(() => {})
    return outcome
  }

  /** Gives the session a new id. If another user signs in, the data is not kept. */
  async #move(stored: Stored, carried: Contents, isLogin: boolean): Promise<Outcome | undefined> {
    const { record } = stored
    const owner = this.engine.owners.of(carried)
    const isHandedOver = record.owner !== undefined && owner !== undefined && owner !== record.owner
    const contents = isHandedOver ? this.#handedOver(carried, record) : carried
    const base = owner === record.owner ? record : undefined
    const outcome = await this.#arrive(this.#random, contents, { kind: 'record', stored }, base)
    if (outcome !== 'ended') return outcome
    if (isLogin && !base) throw endedError()
    // Another request is ending the session. A sign-in of the same user then finds no session and starts another one.
    const isEnded = await endRecord(this.engine, stored, false, 'ended')
    return isEnded && !isLogin ? this.#drop() : undefined
  }

  /** The contents of a session with only the request's own changes, and with the owner that they set. */
  #handedOver(carried: Contents, record: StoredSession): Contents {
    const contents = replay(
      emptyContents(),
      asMade(readable(record, this.engine.now()), this.intent.changes),
    )
    this.engine.owners.copy(carried, contents)
    return contents
  }

  /** @param base the record whose start time and name the new record keeps */
  async #arrive(
    random: string,
    carried: Contents,
    from: Departure,
    base: StoredSession | undefined,
  ): Promise<Outcome | 'ended' | undefined> {
    const { engine } = this
    const now = engine.now()
    const owner = engine.owners.of(carried)
    const lifetime = signInOf(this.intent.changes, owner)?.lifetime
    const contents = await withFacts(
      this,
      carried,
      owner,
      base,
      base === undefined || this.#signsIn,
    )
    const record = newSession({
      data: encode(contents, engine.maxBytes),
      owner,
      name: owner === undefined ? undefined : (base?.name ?? newMark()),
      beginning: base && !lifetime ? base : begun(now, engine.times, lifetime),
      now,
      times: engine.times,
    })
    const key = handleOf(random)
    const device = contents.facts?.device?.name
    const user = engine.owners.userIn(contents)
    const arrival = await arrive(engine, { key, record }, from, { device, user })
    if (arrival === 'ended') return arrival
    if (arrival === 'taken' && random === this.#random) this.#redrawn = newRandom()
    if (arrival !== 'arrived') return undefined
    this.#announce(key, from)
    const state = { kind: 'live', random, stored: { key, record } } as const
    const leaves = owner === undefined && from.kind === 'record' && from.stored.record.owner
    const left = leaves ? { derived: derivedOf(engine, this.state) } : {}
    return { state: { ...state, ...left }, wrote: true, contents }
  }

  #announce(handle: string, from: Departure): void {
    const { engine } = this
    const origin = this.#origin
    const hadSession = 'stored' in origin && from.kind === 'record'
    if (!hadSession) engine.emit({ type: 'session:created', handle })
    const old = handleOf(origin.random)
    const hadId = from.kind !== 'none' && !isNew(origin)
    if (hadId) engine.emit({ type: 'session:regenerated', handle, from: old })
  }

  /**
   * If its session has ended or now has another owner, a login continues as the login of a visitor, with only its own
   * changes. Returns `false` if these changes do not sign a user in.
   */
  #startAlone(): boolean {
    const { view: _, ...intent } = this.intent
    this.intent = intent
    this.state = visitor(derivedOf(this.engine, this.state), this.engine.now(), 'dead')
    return this.engine.owners.of(contentsOn(this, undefined)) !== undefined
  }

  async #end(target: Stored): Promise<Outcome | undefined> {
    const { engine, state, intent } = this
    const { key, record } = target
    // If the session had moved, the browser has a newer cookie. This response must not overwrite it.
    const hasMoved = 'stored' in state && key !== state.stored.key
    if (!(await endRecord(engine, target, !hasMoved, 'signed-out'))) return undefined
    await (await engine.index()).leave(record.owner, record.name)
    if (hasMoved) return { ...this.#over(), wrote: true }
    const derived = derivedOf(engine, state)
    const fresh = visitor(intent.next(), engine.now(), 'new')
    return { state: { ...fresh, derived }, wrote: true }
  }

  async #nothing(): Promise<Outcome> {
    if (this.state.kind !== 'visitor') return this.#over()
    await this.#removeUnreadable()
    return { state: this.state, wrote: false }
  }

  /** The session has ended for this request, whatever its owner is. */
  #over(): Outcome {
    return { state: { ...ended(this.engine, this.state), owner: undefined }, wrote: false }
  }

  /** The session has ended and stays ended. The changes are treated as if they were made before the end. */
  #drop(): Outcome {
    if (this.intent.atOnce || this.#signsIn) throw endedError()
    this.engine.emit({ type: 'session:gone', handle: handleOf(this.state.random) })
    return { state: ended(this.engine, this.state), wrote: false }
  }

  /** Whether the request signs in the same user again. If the session has ended, this must not look successful. */
  get #signsIn(): boolean {
    const { regenerate, changes } = this.intent
    const { key } = this.engine.owners
    return regenerate && changes.some((change) => change.op === 'put' && change.key === key)
  }

  async #removeUnreadable(): Promise<void> {
    const remains = this.#origin.kind === 'visitor' ? this.#origin.unreadable : undefined
    if (remains) await this.engine.store.compareAndSet(remains.key, remains.version, undefined)
  }
}
