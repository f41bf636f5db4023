import { Buffer } from 'node:buffer'
import { hash } from 'node:crypto'
import type { SessionRecord } from '../store.ts'
import { newName } from './disk.ts'

/**
 * The state of a session, as the name of an empty file. A name can be changed atomically, and only
 * by the one who knows it.
 */
export interface Label {
  readonly isSealed: boolean
  /** A digest of the record's version. */
  readonly version: string
  /** The name of the file with the record. */
  readonly data: string
  /** The record's entry in the index of owners. */
  readonly entry: string | undefined
  readonly lastActivityAt: number
  readonly expiresAt: number
}

export type NamedLabel = Label & { readonly name: string }

const pattern =
  /^(live|seal)_([\da-f]{24})_(data-[\da-f]{16})_[\da-f]{16}_([\da-f-]+)_([^_]+)_([^_]+)$/

/** A name for the label, another one each time. Every character of it is safe on every system. */
export function nameOf(label: Label): string {
  const kind = label.isSealed ? 'seal' : 'live'
  const { version, data, entry = '-', lastActivityAt, expiresAt } = label
  return [kind, version, data, newName(), entry, lastActivityAt, expiresAt].join('_')
}

export function labelOf(name: string): NamedLabel | undefined {
  const [, kind, version, data, entry, lastActivityAt, expiresAt] = pattern.exec(name) ?? []
  if (version === undefined || data === undefined) return undefined
  return {
    name,
    isSealed: kind === 'seal',
    version,
    data,
    entry: entry === '-' ? undefined : entry,
    lastActivityAt: Number(lastActivityAt),
    expiresAt: Number(expiresAt),
  }
}

/** The label of a record that is about to be written. */
export function labelFor(record: SessionRecord, entry: string | undefined): Label {
  return {
    isSealed: record.successor !== undefined,
    version: digestOf(record.version, 24),
    data: `data-${newName()}`,
    entry,
    lastActivityAt: record.lastActivityAt,
    expiresAt: record.expiresAt,
  }
}

/** Letters and digits, safe as a name whatever the text is, and the same on every file system. */
export function digestOf(text: string, length: number): string {
  // Not as UTF-8, which takes all lone surrogates for one character.
  return hash('sha256', Buffer.from(text, 'utf16le'), 'hex').slice(0, length)
}

/** The record as its file holds it. The two times that a touch moves are in the label only. */
export function textOf(key: string, record: SessionRecord): string {
  const { version, birth, payload, createdAt, owner, successor } = record
  // JSON keeps every string, lone surrogates too.
  return JSON.stringify({ key, version, birth, payload, createdAt, owner, successor })
}

/** What `textOf` wrote; nothing if a power loss took a part of it. */
export function recordOf(
  text: string,
  { lastActivityAt, expiresAt }: Label,
): { key: string; record: SessionRecord } | undefined {
  const parts = parse(text)
  if (!parts) return undefined
  const { key, version, birth, payload, createdAt, owner, successor } = parts
  if (typeof key !== 'string' || typeof version !== 'string' || typeof birth !== 'string') return
  if (typeof payload !== 'string' || typeof createdAt !== 'number') return
  const record = { version, birth, payload, createdAt, lastActivityAt, expiresAt }
  return {
    key,
    record: {
      ...record,
      ...(typeof owner === 'string' ? { owner } : {}),
      ...(isSuccessor(successor) ? { successor } : {}),
    },
  }
}

function parse(text: string): Partial<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function isSuccessor(value: unknown): value is NonNullable<SessionRecord['successor']> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'key' in value &&
    typeof value.key === 'string' &&
    'birth' in value &&
    typeof value.birth === 'string'
  )
}
