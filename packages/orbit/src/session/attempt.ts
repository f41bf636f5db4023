import { endedError, movedError, SessionError } from '../errors.ts'
import type { Awaitable, SessionRecord } from '../stores/store.ts'
import { replay } from './changes.ts'
import { type Contents, decode, emptyContents, encode } from './contents.ts'
import { handleOf, heirOf } from './id.ts'
import type { Intent, Outcome } from './intent.ts'
import { Patience } from './patience.ts'
import { isYoung, newMark, newRecord, rewritten, sealed } from './record.ts'
import type { Engine, State, StateOf, Stored } from './state.ts'

/** One commit under way: what all its steps share. */
export class Attempt {
  readonly engine: Engine
  /** What the request knew of its session when the commit began. */
  readonly state: State
  readonly intent: Intent
  readonly #patience = new Patience()

  constructor(engine: Engine, state: State, intent: Intent) {
    this.engine = engine
    this.state = state
    this.intent = intent
  }

  /** The contents after the request's changes, on top of the record; without one, of nothing. */
  replay(base?: SessionRecord): Contents {
    const { state } = this
    const { view, changes } = this.intent
    const known = 'stored' in state ? state.stored.record : undefined
    if (view && base === known && state.kind !== 'ended') return view
    return replay(base ? readable(base) : emptyContents(), changes)
  }

  ownerOf(contents: Contents): string | undefined {
    return this.engine.owners.of(contents)
  }

  newRecord(contents: Contents, createdAt?: number): SessionRecord {
    const { maxBytes, times } = this.engine
    const now = this.engine.now()
    return newRecord({
      payload: encode(contents, maxBytes),
      owner: this.ownerOf(contents),
      createdAt: createdAt ?? now,
      now,
      times,
    })
  }

  /** Whether the record could be created. */
  async create({ key, record }: Stored): Promise<boolean> {
    const { store } = this.engine
    const created = await this.#certain(() => store.create(key, record), { key, record }, 'created')
    if (created === 'revoked') throw endedError()
    return created === 'created'
  }

  /** Whether the record could be put in the place of a version. */
  async replace({ key, record }: Stored, version: string): Promise<boolean> {
    const { store } = this.engine
    const done = this.#certain(
      () => store.replace(key, record, version),
      { key, record },
      'replaced',
    )
    return (await done) === 'replaced'
  }

  /**
   * Ends a session where that version stands. A seal stays that holds nothing and leads nowhere:
   * it tells the requests under way.
   */
  async end({ key, record }: Stored): Promise<boolean> {
    const { maxBytes, now, times } = this.engine
    const nowhere = { key: handleOf(this.intent.next()), birth: newMark() }
    const empty = { ...record, payload: encode(emptyContents(), maxBytes) }
    return this.replace({ key, record: sealed(empty, nowhere, now(), times) }, record.version)
  }

  /**
   * The store's answer; where it was lost, what the store holds tells: our version is nobody else's.
   * So a write is looked up and never repeated.
   */
  async #certain<T>(ask: () => Awaitable<T>, { key, record }: Stored, done: T): Promise<T> {
    try {
      return await ask()
    } catch (error) {
      const current = await this.engine.store.load(key)
      if (current?.version === record.version) return done
      throw error
    }
  }

  /** Puts the contents in the place of the version that we know; nothing if that has gone. */
  async rewrite(
    { key, record }: Stored,
    contents: Contents,
  ): Promise<{ stored: Stored; wrote: boolean } | undefined> {
    const { store, maxBytes, now, times, emit } = this.engine
    const { active } = this.intent
    const payload = encode(contents, maxBytes)
    const isSame = payload === record.payload
    if (isSame) {
      // What would write nothing must still know that nobody wrote since.
      const current = await store.load(key)
      const stands = current?.version === record.version
      return stands ? { stored: { key, record: current }, wrote: false } : undefined
    }
    const next = rewritten(record, payload, active, now(), times)
    if (!(await this.replace({ key, record: next }, record.version))) return undefined
    emit({ type: 'session:saved', handle: key })
    return { stored: { key, record: next }, wrote: true }
  }

  /**
   * Whether the id that leads to a record was derived from a dead one. Whoever holds a copy of the dead
   * cookie derives the same, so nothing that stands under it may come to this request.
   */
  get isDerived(): boolean {
    const { state } = this
    return state.kind !== 'visitor' || state.from !== 'cookie'
  }

  /** Whether the request may join a record that an overlapping one made under the same visitor's id. */
  mayJoin(record: SessionRecord): boolean {
    const { engine, intent } = this
    if (this.isDerived) return false
    return isYoung(record, engine.times, intent.startedAt) && decode(record.payload) !== undefined
  }

  /** Whether a login may move on a record that began under a derived id while it was under way. */
  mayReplace(record: SessionRecord): boolean {
    return this.isDerived && record.createdAt >= this.intent.startedAt
  }

  /** Whether the session moved on from that record, and ended, while this request was under way. */
  wasUnderWay(record: SessionRecord): boolean {
    return record.successor !== undefined && record.lastActivityAt > this.intent.startedAt
  }

  /** Before trying again. */
  async conflict(key: string): Promise<void> {
    this.engine.emit({ type: 'session:conflict', handle: key })
    await this.#patience.pause()
  }

  /** Somebody ended the session: it stays ended, and the changes count as having come before. */
  drop(state: State): Outcome {
    if (this.intent.strict) throw endedError()
    this.engine.emit({ type: 'session:gone', handle: handleOf(state.random) })
    return { state: ended(this.engine, state), wrote: false }
  }

  refuse(key: string): SessionError {
    return refuseMoved(this.engine, key)
  }
}

export function refuseMoved(engine: Engine, key: string): SessionError {
  engine.emit({ type: 'session:moved', handle: key, outcome: 'refused' })
  return movedError()
}

export function liveAt(random: string, stored: Stored): StateOf<'live'> {
  return { kind: 'live', random, stored }
}

export function ended(engine: Engine, state: State): StateOf<'ended'> {
  if (state.kind === 'ended') return state
  const { random } = state
  if (!('stored' in state)) return { kind: 'ended', random, heir: random, owner: undefined }
  const { birth, owner } = state.stored.record
  return { kind: 'ended', random, heir: heirOf({ random, birth }, engine.keys), owner }
}

/** Who owned the session when the commit began. */
export function ownerAtStart(state: State): string | undefined {
  if ('stored' in state) return state.stored.record.owner
  return state.kind === 'ended' ? state.owner : undefined
}

export function readable(record: SessionRecord): Contents {
  const contents = decode(record.payload)
  if (contents) return contents
  throw new SessionError('session-wrong-type', 'The session changed into something unreadable.')
}
