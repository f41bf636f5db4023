import { andThen } from '../awaitable.ts'
import type { Awaitable } from '../stores/store.ts'
import { signInOf } from './changes.ts'
import type { Contents } from './contents.ts'
import type { Engine } from './engine.ts'
import type { SignInFacts } from './facts.ts'
import type { Intent } from './intent.ts'
import type { StoredSession } from './record.ts'
import { readable } from './situation.ts'

/** The part of a commit that matters here. */
interface Committing {
  readonly engine: Engine
  readonly intent: Intent
}

/**
 * The contents of a session under a new id, with what is kept of the sign-in. Another user's facts do not stay.
 *
 * @param base the record of the same owner that the session moves from
 * @param signsIn whether somebody has signed in, perhaps the same user again
 */
export async function withFacts(
  { engine, intent }: Committing,
  contents: Contents,
  owner: string | undefined,
  base: StoredSession | undefined,
  signsIn: boolean,
): Promise<Contents> {
  const facts = ownFacts(engine, contents, owner, base)
  if (owner === undefined || !signsIn) return { ...contents, facts }
  const device = await intent.device()
  const version = signInOf(intent.changes, owner)?.version
  const ownerVersion = await engine.versions()?.of(engine.owners.userIn(contents), version)
  // The times of the record tell when a plain sign-in was.
  const isPlain = !base && !device && !ownerVersion && !facts?.label && !facts?.method
  if (isPlain && !confirmationIn(intent)) return { ...contents, facts: undefined }
  const confirmedAt = facts?.confirmedAt ?? engine.now()
  return { ...contents, facts: { ...facts, owner, confirmedAt, device, ownerVersion } }
}

/** The contents of a rewritten record. After `confirm()` it has the version that the user has now. */
export function withConfirmation(
  { engine, intent }: Committing,
  changed: Contents,
  record: StoredSession,
): Awaitable<Contents> {
  const facts = ownFacts(engine, changed, record.owner, record)
  const contents = facts === changed.facts ? changed : { ...changed, facts }
  const versions = engine.versions()
  const confirmation = confirmationIn(intent)
  if (!facts || !versions || !confirmation) return contents
  const asked = versions.of(engine.owners.userIn(contents), confirmation.version)
  return andThen(asked, (ownerVersion) => ({ ...contents, facts: { ...facts, ownerVersion } }))
}

function confirmationIn({ changes }: Intent) {
  return changes.flatMap((change) => (change.op === 'confirm' ? [change] : [])).at(-1)
}

/** The facts of this owner. A request may have signed somebody else in for a moment. */
function ownFacts(
  engine: Engine,
  { facts }: Contents,
  owner: string | undefined,
  record: StoredSession | undefined,
): SignInFacts | undefined {
  if (facts === undefined || facts.owner === owner) return facts
  return record !== undefined && owner !== undefined && record.owner === owner
    ? readable(record, engine.now()).facts
    : undefined
}
