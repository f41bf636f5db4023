import { newMark } from '../../session/marks.ts'
import { movingError, newerFormatError } from '../../stored-errors.ts'
import type { SessionRecord } from '../store.ts'

/** Raise this number when older releases cannot read the new format. */
const format = 1

/** The stages of a record that moves from one store to the other. `protocol.ts` explains them. */
export type Stage = 'prepared' | 'leaving' | 'arrived' | 'left'

/** What one of the two stores has under a key. */
export type Standing =
  | { readonly stage: 'nothing'; readonly version: undefined }
  | { readonly stage: 'record'; readonly version: string; readonly original: SessionRecord }
  | {
      readonly stage: Stage
      /** The version of the record that wraps the original. */
      readonly version: string
      /** A random string that all records of one move have. */
      readonly move: string
      /** The record as it was before the move. */
      readonly original: SessionRecord
    }

const wrapper = /^moving1\.(prepared|leaving|arrived|left)\.([\w-]{16})\.([\w-]{1,64})\.(e?)\|/
const anyFormat = /^moving(\d+)\./

/** The stages that can occur in each store. */
const stages = { to: ['prepared', 'arrived'], from: ['leaving', 'left'] }

/**
 * What a store returned for a key.
 *
 * @param side `to` for the new store, `from` for the old one
 * @throws {SessionError} `session-unavailable` if another process has the two stores in the other order
 */
export function standing(side: 'to' | 'from', record: SessionRecord | undefined): Standing {
  if (!record) return { stage: 'nothing', version: undefined }
  const { version, payload, expiresAt, owner } = record
  if (!isInTransit(record)) return { stage: 'record', version, original: record }
  const [head = '', name, move = '', own = '', mark] = wrapper.exec(payload) ?? []
  const stage = stageOf(name)
  if (!stage) throw newerFormatError(Number(anyFormat.exec(payload)?.[1]), format)
  if (!stages[side].includes(stage)) throw movingError()
  return {
    stage,
    version,
    move,
    original: {
      version: own,
      payload: payload.slice(head.length),
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(mark === 'e' ? { evictable: true } : {}),
      ...(owner === undefined ? {} : { owner }),
    },
  }
}

/** True if an app with a single store must not touch this record. */
export function isInTransit({ payload }: SessionRecord): boolean {
  return payload.startsWith('moving') && anyFormat.test(payload)
}

/**
 * Makes a record that wraps another record and expires with it. It is never evictable: no store may drop it during
 * a move. It has the user in the clear if the original has one, as long as it represents the session.
 */
export function wrapped(stage: Stage, move: string, original: SessionRecord): SessionRecord {
  const { version, payload, expiresAt, evictable, owner } = original
  const kept = stage === 'left' ? '' : payload
  const isSession = stage === 'leaving' || stage === 'arrived'
  return {
    version: newMark(),
    payload: `moving${format}.${stage}.${move}.${version}.${evictable ? 'e' : ''}|${kept}`,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(isSession && owner !== undefined ? { owner } : {}),
  }
}

function stageOf(name: string | undefined): Stage | undefined {
  return name === 'prepared' || name === 'leaving' || name === 'arrived' || name === 'left'
    ? name
    : undefined
}
