import { livingContents } from '../../session/contents.ts'
import type { SessionData, SessionFlash, UserIdOf, Values } from '../../session/declared.ts'
import { handleOf } from '../../session/id.ts'
import type { Session } from '../../session/session.ts'
import type { SignInOptions } from '../../session/sign-in-options.ts'
import { endOf } from '../../session/times.ts'
import { reveal } from '../../session/value.ts'
import type { Visit } from '../../visit.ts'

/** What `withSession` and `actingAs` put into the session of a client. */
export interface TestSetup<Data extends object = SessionData, Flash extends object = SessionFlash> {
  /** Values to put into the session. Its other values stay. */
  readonly data?: Values<Data> | undefined
  /** Flash messages for the next request that uses the session. */
  readonly flash?: Values<Flash> | undefined
  /** The name of the session, if the app has several. Default: the only one, or the one under `session`. */
  readonly exposeAs?: string | undefined
}

/** The setup of `actingAs`. */
export interface TestSignIn<Data extends object = SessionData, Flash extends object = SessionFlash>
  extends TestSetup<Data, Flash> {
  /** The `User-Agent` of the sign-in, for an app with the option `devices`. Default: the client's own header. */
  readonly device?: string | undefined
  /** When the user last signed in or confirmed, for `confirmedWithin` and `requireConfirmed`. Default: now. */
  readonly confirmedAt?: Date | undefined
  /** The options of `session.signIn`, such as `{ persistent: false }`. */
  readonly signIn?: SignInOptions | undefined
}

/** The stored session of a client, as `client.session()` returns it. */
export interface TestSession<
  Data extends object = SessionData,
  Flash extends object = SessionFlash,
> {
  /** All data, without flash messages. */
  readonly data: Values<Data>
  /** The flash messages that the next request can read. */
  readonly flash: Values<Flash>
  /** The id of the signed-in user. `undefined` if nobody is signed in. */
  readonly userId: UserIdOf<Data> | undefined
  /** When the user last signed in or confirmed. `undefined` if nobody is signed in. */
  readonly confirmedAt: Date | undefined
  /** The public name of the session: the value of `session.handle` in handlers. */
  readonly handle: string
  /** When the session was created, or when the user signed in. */
  readonly createdAt: Date
  /** When the session was last used, accurate to the touch interval. */
  readonly lastActiveAt: Date
  /** When the session expires if nobody uses it again. It may stay active longer, up to the touch interval. */
  readonly expiresAt: Date
}

/** A `TestSetup` without the app's types. `put` and `flash` check its values. */
export interface Setup extends Pick<TestSetup, 'exposeAs'> {
  readonly data?: unknown
  readonly flash?: unknown
}

/** Puts the values of a setup into the session of a request. `signIn` runs last, so its values win. */
export function setUp(session: Session, { data, flash }: Setup, signIn?: () => void): void {
  if (data !== undefined) session.put<unknown>(Object(data))
  signIn?.()
  for (const [key, value] of Object.entries(Object(flash))) session.flash<unknown>(key, value)
}

/**
 * The stored data of a request's session. Reading it does not count as use.
 *
 * @throws {SessionError} if the store fails
 */
export function readStored({
  unit,
}: Visit): TestSession<Record<string, unknown>, Record<string, unknown>> | undefined {
  unit.look()
  const { state, engine } = unit
  if (state.kind === 'unavailable') throw state.error
  const stored = 'stored' in state ? state.stored : undefined
  if (!stored?.contents) return undefined
  const { record } = stored
  const { createdAt, lastActivityAt, endsAt } = record
  const { times, now } = engine
  const contents = livingContents(stored.contents, now())
  const userId = engine.owners.idIn(contents)
  // In the grace period, an old id still reads what the session had when it moved.
  const isMoved = record.movedTo !== undefined
  const end = isMoved ? lastActivityAt + times.grace : endOf(record, times)
  const flash = [...contents.flash].map(([key, { value }]) => [key, value] as const)
  return {
    data: revealed(contents.data),
    flash: revealed(flash),
    userId,
    confirmedAt:
      userId === undefined ? undefined : new Date(contents.facts?.confirmedAt ?? createdAt),
    handle: handleOf(state.random),
    createdAt: new Date(createdAt),
    lastActiveAt: new Date(lastActivityAt),
    expiresAt: new Date(Math.min(end, endsAt)),
  }
}

function revealed(
  entries: Iterable<readonly [string, unknown]>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...entries].map(([key, value]) => [key, reveal(value)]))
}
