import type * as orbit from '@gravito/orbit'
import { HTTPException } from 'hono/http-exception'

/** What a handler does with its session, in order. */
export type Op =
  | { readonly do: 'put'; readonly key: string }
  | { readonly do: 'increment' }
  | { readonly do: 'push' }
  | { readonly do: 'flash' }
  | { readonly do: 'read' }
  /** Other work, during which the other requests continue. */
  | { readonly do: 'wait' }
  | { readonly do: 'regenerate' }
  | { readonly do: 'invalidate' }
  /** `renew`: with `signIn()`, which also changes the id if the same user signs in again. */
  | { readonly do: 'login'; readonly owner: 'A' | 'B'; readonly renew: boolean }
  | { readonly do: 'forget-owner' }
  /** Only if a user is signed in. */
  | { readonly do: 'confirm' }
  | { readonly do: 'clear' }
  /** `caught`: the handler catches a refusal and continues. */
  | { readonly do: 'take'; readonly caught: boolean }
  | { readonly do: 'claim' }
  | { readonly do: 'attempt' }
  | { readonly do: 'save'; readonly awaited: boolean }
  | { readonly do: 'throw'; readonly status: 400 | 500 }

/** What a handler saw and did. It is filled while the handler runs, so failed handlers also have a report. */
export interface Report {
  /** The data at the handler's start. Undefined if the handler did not run or could not read. */
  before: Readonly<Record<string, unknown>> | undefined
  /** The owner at the handler's end. */
  owner: string | null
  took: boolean
  claimed: boolean
  /** The values that this request put or pushed. Each exists once in the whole case. */
  readonly values: { readonly at: number; readonly key: string; readonly value: string }[]
  /** The number of operations that are certainly committed: a `save()` or a strict change has resolved. */
  saved: number
}

export function emptyReport(): Report {
  return {
    before: undefined,
    owner: null,
    took: false,
    claimed: false,
    values: [],
    saved: 0,
  }
}

export async function perform(
  session: orbit.Session,
  { name, ops }: { readonly name: string; readonly ops: readonly Op[] },
  report: Report,
  work: () => Promise<void>,
): Promise<void> {
  report.before = session.all()
  session.getFlash('notice')
  const note = (at: number, key: string): string => {
    const value = `${name}.${at}:${ownerAtCommit(session, ops, at)}`
    report.values.push({ at, key, value })
    return value
  }
  const saved = (at: number) => {
    report.saved = Math.max(report.saved, at + 1)
  }
  for (const [at, op] of ops.entries()) {
    switch (op.do) {
      case 'put':
        session.put(op.key, note(at, op.key))
        break
      case 'increment':
        session.increment('count')
        break
      case 'push':
        session.push('list', note(at, 'list'))
        break
      case 'flash':
        session.flash('notice', name)
        break
      case 'read':
        session.all()
        break
      case 'wait':
        await work()
        break
      case 'regenerate':
        session.regenerate()
        break
      case 'invalidate':
        session.invalidate()
        break
      case 'login':
        signIn(session, op)
        break
      case 'confirm':
        if (session.userId !== undefined) session.confirm()
        break
      case 'forget-owner':
        session.forget('userId')
        break
      case 'clear':
        session.clear()
        break
      case 'take':
        try {
          report.took = (await session.take('ticket')) !== undefined || report.took
          saved(at)
        } catch (error) {
          if (!op.caught) throw error
        }
        break
      case 'claim':
        report.claimed = (await session.claim('once', name)) || report.claimed
        saved(at)
        break
      case 'attempt':
        await session.atomically((data) => data.increment('attempts'))
        saved(at)
        break
      case 'save': {
        const saving = session.save().then(() => saved(at))
        if (op.awaited) await saving
        else saving.catch(() => {})
        break
      }
      case 'throw':
        throw new HTTPException(op.status, { message: 'as the test asks' })
    }
  }
  report.owner = session.get<string | null>('userId', null)
}

function signIn(session: orbit.Session, { owner, renew }: Extract<Op, { do: 'login' }>): void {
  if (renew) session.signIn(owner)
  else session.put('userId', owner)
}

/** Operations that commit at once. */
function commits(op: Op): boolean {
  return op.do === 'save' || op.do === 'take' || op.do === 'claim' || op.do === 'attempt'
}

/**
 * Whether it is unknown which commit included a change, because the handler does not wait for one
 * of them.
 */
export function isUnsure(ops: readonly Op[]): boolean {
  return ops.some((op) => (op.do === 'save' && !op.awaited) || (op.do === 'take' && op.caught))
}

/**
 * The user to whom a change belongs: a request's changes belong to the user whom its next commit
 * signs in.
 */
function ownerAtCommit(session: orbit.Session, ops: readonly Op[], at: number): string {
  if (isUnsure(ops)) return 'unsure'
  const rest = ops.slice(at)
  const end = rest.findIndex(commits)
  const logins = rest
    .slice(0, end < 0 ? undefined : end)
    .flatMap((op) => (op.do === 'login' ? [op.owner] : []))
  return logins.at(-1) ?? session.get<string | null>('userId', null) ?? 'nobody'
}
