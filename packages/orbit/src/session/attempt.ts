import { endedError, movedError, SessionError } from '../errors.ts'
import type { SessionRecord } from '../stores/store.ts'
import { replay } from './changes.ts'
import { type Contents, decode, emptyContents, encode } from './contents.ts'
import { handleOf, heirOf } from './id.ts'
import type { Intent, Outcome } from './intent.ts'
import { Patience } from './patience.ts'
import { isYoung, newRecord, rewritten } from './record.ts'
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
    const created = await this.engine.store.create(key, record)
    if (created === 'revoked') throw endedError()
    if (created === 'created') this.engine.emit({ type: 'session:created', handle: key })
    return created === 'created'
  }

  /** Puts the contents in the place of the version that we know; nothing if that has gone. */
  async rewrite(
    { key, record }: Stored,
    contents: Contents,
  ): Promise<{ stored: Stored; wrote: boolean } | undefined> {
    const { store, maxBytes, now, times, emit } = this.engine
    const payload = encode(contents, maxBytes)
    if (payload === record.payload) {
      // A touch that moves nothing tells whether the version still stands.
      const stands =
        !this.intent.strict ||
        (await store.touch(key, record.version, record.lastActivityAt, record.expiresAt))
      return stands ? { stored: { key, record }, wrote: false } : undefined
    }
    const next = rewritten(record, payload, this.intent.active, now(), times)
    if ((await store.replace(key, next, record.version)) !== 'replaced') return undefined
    emit({ type: 'session:saved', handle: key })
    return { stored: { key, record: next }, wrote: true }
  }

  /** Whether the request may join a record that an overlapping one made under the same visitor's id. */
  mayJoin(record: SessionRecord): boolean {
    const { engine, intent } = this
    return isYoung(record, engine.times, intent.startedAt) && decode(record.payload) !== undefined
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

function readable(record: SessionRecord): Contents {
  const contents = decode(record.payload)
  if (contents) return contents
  throw new SessionError('session-conflict', 'The session changed into something unreadable.')
}
