import { andThen } from '../awaitable.ts'
import type { Awaitable } from '../stores/store.ts'
import { signInOf } from './changes.ts'
import type { Contents } from './contents.ts'
import type { Engine } from './engine.ts'
import type { SignInFacts } from './facts.ts'
import type { Intent } from './intent.ts'
import type { StoredSession } from './record.ts'
import { readable } from './situation.ts'

/** The part of a commit that this file needs. */
interface Committing {
  readonly engine: Engine
  readonly intent: Intent
}

/**
 * The contents of a session under a new id, with the facts of the sign-in. Facts of another user are removed.
 *
 * @param base the record of the same owner that the session moves from
 * @param signsIn whether a user has signed in, possibly the same user again
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
  // For a plain sign-in, the times of the record are enough.
  const isPlain = !base && !device && !ownerVersion && !facts?.label && !facts?.method
  if (isPlain && !confirmationIn(intent)) return { ...contents, facts: undefined }
  const confirmedAt = facts?.confirmedAt ?? engine.now()
  return { ...contents, facts: { ...facts, owner, confirmedAt, device, ownerVersion } }
}

/** The contents of a rewritten record. After `confirm()` it has the current version of the user. */
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

/** The facts of this owner. The request may have signed in another user in the meantime. */
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
