import { SessionError } from '../errors.ts'
import { apply, type Change, refuseAsync } from './changes.ts'
import type { Contents } from './contents.ts'
import { SessionValues } from './data.ts'
import type { SessionData } from './declared.ts'
import type { Owners } from './owner.ts'

/** The part of the engine that a draft needs. */
interface DraftEngine {
  readonly owners: Owners
  readonly maxBytes: number
  readonly now: () => number
}

/**
 * The draft that `atomically` passes to its function: the latest data of the session. It works until the function
 * returns. After that, its methods throw `session-not-sync`.
 */
export class SessionDraft<Data extends object = SessionData> extends SessionValues<Data> {
  /** @internal */
  protected override readonly owners: Owners
  /** @internal */
  protected override readonly maxBytes: number
  readonly #now: () => number
  #contents: Contents | undefined
  readonly #changes: Change[] = []

  /** @internal */
  private constructor(contents: Contents, { owners, maxBytes, now }: DraftEngine) {
    super()
    this.#contents = contents
    this.owners = owners
    this.maxBytes = maxBytes
    this.#now = now
    Object.freeze(this)
  }

  /** @internal */
  static run<T, Data extends object>(
    contents: Contents,
    engine: DraftEngine,
    fn: (data: SessionDraft<Data>) => T,
  ): { value: T; changes: readonly Change[] } {
    const draft = new SessionDraft<Data>(contents, engine)
    try {
      const value = fn(draft)
      refuseAsync(value, 'atomically(…)')
      return { value, changes: draft.#changes }
    } finally {
      draft.#contents = undefined
    }
  }

  /** @internal */
  protected override currentTime(): number {
    return this.#now()
  }

  /** @internal */
  protected override contents(): Contents {
    if (this.#contents) return this.#contents
    throw new SessionError(
      'session-not-sync',
      'The data given to atomically(…) was used after the function had returned. Return what you need from it.',
    )
  }

  /** @internal */
  protected override change(change: Change): void {
    apply(this.contents(), change)
    this.#changes.push(change)
  }
}
