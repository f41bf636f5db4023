import { SessionError } from '../errors.ts'
import { quote } from '../quote.ts'
import { refusePromise } from '../synchronous.ts'
import { type Contents, copyContents, endLife, type FlashEntry, setLife } from './contents.ts'
import type { Lifetime, SignInFacts } from './facts.ts'
import { reveal } from './value.ts'

/**
 * One change of a session. If another request was faster, the commit re-applies its changes to the new record.
 * So a change says what to do, not what the result was.
 */
export type Change =
  | {
      readonly op: 'put'
      readonly key: string
      readonly value: unknown
      /** When the value expires, if it has its own expiry. */
      readonly until?: number | undefined
    }
  | { readonly op: 'put-if-absent'; readonly key: string; readonly value: unknown }
  | { readonly op: 'forget'; readonly key: string }
  | { readonly op: 'clear' }
  | { readonly op: 'add'; readonly key: string; readonly amount: number }
  | { readonly op: 'push'; readonly key: string; readonly value: unknown }
  /** `fn` returns a copy that the session can keep. */
  | { readonly op: 'update'; readonly key: string; readonly fn: (value: unknown) => unknown }
  | { readonly op: 'flash'; readonly key: string; readonly entry: FlashEntry }
  | { readonly op: 'age'; readonly key: string; readonly mark: string }
  /** It comes with the `put` of the owner's key. `lifetime` has the timeouts of the sign-in. */
  | {
      readonly op: 'sign-in'
      readonly facts: SignInFacts
      readonly lifetime?: Lifetime | undefined
      /** The version of the user that the app has checked, if the app passed it. */
      readonly version?: string | undefined
    }
  | {
      readonly op: 'confirm'
      readonly owner: string
      readonly at: number
      readonly version?: string | undefined
    }
  /** `fn` returns the changes that it made. */
  | { readonly op: 'run'; readonly fn: (contents: Contents) => readonly Change[] }

/** The contents after the changes. The given contents stay unchanged. */
export function replay(contents: Contents, changes: readonly Change[]): Contents {
  const copy = copyContents(contents)
  for (const change of changes) apply(copy, change)
  return copy
}

/** The same changes, but each function of `atomically` is replaced by the changes that it made. */
export function asMade(contents: Contents, changes: readonly Change[]): Change[] {
  const copy = copyContents(contents)
  return changes.flatMap((change) => {
    if (change.op === 'run') return change.fn(copy)
    apply(copy, change)
    return change
  })
}

export function apply(contents: Contents, change: Change): void {
  const { data, flash } = contents
  switch (change.op) {
    case 'put':
      data.set(change.key, change.value)
      if (change.until === undefined) endLife(contents, change.key)
      else setLife(contents, change.key, change.until)
      return
    case 'put-if-absent':
      if (!data.has(change.key)) data.set(change.key, change.value)
      return
    case 'forget':
      data.delete(change.key)
      endLife(contents, change.key)
      return
    case 'clear':
      data.clear()
      flash.clear()
      contents.until = undefined
      return
    case 'add':
      data.set(change.key, numberAt(contents, change.key) + change.amount)
      return
    case 'push':
      data.set(change.key, Object.freeze([...arrayAt(contents, change.key), change.value]))
      return
    case 'update':
      data.set(change.key, change.fn(reveal(data.get(change.key))))
      return
    case 'flash':
      flash.set(change.key, change.entry)
      return
    case 'age':
      if (flash.get(change.key)?.mark === change.mark) flash.delete(change.key)
      return
    case 'sign-in':
      contents.facts = change.facts
      return
    case 'confirm':
      contents.facts = confirmed(contents.facts, change.owner, change.at)
      return
    case 'run':
      change.fn(contents)
  }
}

type SignIn = Extract<Change, { readonly op: 'sign-in' }>

/** The last sign-in of this owner in the list of changes. */
export function signInOf(
  changes: readonly Change[],
  owner: string | undefined,
): SignIn | undefined {
  const signIns = changes.flatMap((change) => (change.op === 'sign-in' ? [change] : []))
  return signIns.findLast(({ facts }) => facts.owner === owner)
}

function confirmed(facts: SignInFacts | undefined, owner: string, at: number): SignInFacts {
  return facts?.owner === owner ? { ...facts, confirmedAt: at } : { owner, confirmedAt: at }
}

function numberAt({ data }: Contents, key: string): number {
  const value = data.has(key) ? data.get(key) : 0
  if (typeof value !== 'number') throw otherType(key, 'a number')
  return value
}

function arrayAt({ data }: Contents, key: string): readonly unknown[] {
  const value = data.has(key) ? data.get(key) : []
  if (!Array.isArray(value)) throw otherType(key, 'an array')
  return value
}

/** A replay runs these functions again, so they must be synchronous. */
export function refuseAsync(result: unknown, where: string): void {
  refusePromise(
    result,
    `The function given to ${where} returned a promise. It may run several times and must be synchronous. Use await before the call, not inside.`,
  )
}

function otherType(key: string, wanted: string): SessionError {
  return new SessionError(
    'session-wrong-type',
    `The value under ${quote(key)} in the session is not ${wanted}. Use another key, or put ${wanted} there first.`,
  )
}
