import { andThen, fromOutside } from '../../awaitable.ts'
import type { Awaitable, OwnerKeepingStore, SessionRecord, SessionStore } from '../store.ts'
import { isPast, nextStep, type Step } from './protocol.ts'
import { type Standing, standing } from './records.ts'

type Store = SessionStore & Partial<OwnerKeepingStore>

/** The new store and the old one. */
export interface Pair {
  readonly to: Store
  readonly from: Store
}

/** Reads what both stores have under a key, in the order that the protocol requires. */
export interface Look {
  readonly to: Standing
  readonly from: Standing
}

export function see(pair: Pair, side: keyof Pair, key: string): Awaitable<Standing> {
  return andThen(fromOutside(pair[side].load(key)), (record) => standing(side, record))
}

export function look(pair: Pair, key: string): Awaitable<Look> {
  return andThen(see(pair, 'to', key), (to) =>
    andThen(see(pair, 'from', key), (from) =>
      // The record may have left one store and arrived in the other between the two calls.
      isPast(from) ? andThen(see(pair, 'to', key), (to) => ({ to, from })) : { to, from },
    ),
  )
}

export function take(pair: Pair, key: string, { side, version, next }: Step): Awaitable<boolean> {
  const store = pair[side]
  const fitting = next && !store.keepsOwner ? withoutOwner(next) : next
  return fromOutside(store.compareAndSet(key, version, fitting))
}

/** Removes the owner, because the other store may have kept it. */
function withoutOwner(record: SessionRecord): SessionRecord {
  if (record.owner === undefined) return record
  const { owner: _, ...others } = record
  return others
}

/**
 * Moves the record of this key to the new store, or continues where another process stopped.
 *
 * @returns `done` if the old store had nothing under the key
 */
export async function moveKey(
  pair: Pair,
  key: string,
  now: () => number,
): Promise<'moved' | 'done' | 'stays'> {
  for (let outcome: 'moved' | 'done' = 'done'; ; ) {
    const { to, from } = await look(pair, key)
    const step = nextStep(to, from, now())
    if (step === 'done') return outcome
    if (step === 'stays') return step
    // If the step failed, another process has taken it: look again.
    if (await take(pair, key, step)) outcome = 'moved'
  }
}
