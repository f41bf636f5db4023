import type { Browser } from './browser.ts'
import type { Life } from './life.ts'
import { disrupts, type Sent } from './sent.ts'

/** How long a moved session's old id may still be read, and a little more. */
const graceMs = 11_000

/** An id that the browser has left. */
interface Left {
  readonly browser: Browser
  readonly life: Life
  /** From when on it must open nothing. */
  from: number
}

/** The ids that a browser has had, and what has become of them. */
export class Ids {
  readonly #left: Left[] = []
  /** Those that the present session has had. */
  readonly #held = new Map<string, Browser>()
  /** Those that it had when the round began. */
  #before = new Set<string>()

  /** The browser has this id now. */
  hold(browser: Browser): void {
    const { session } = browser
    if (session?.startsWith('s') && !this.#held.has(session)) {
      this.#held.set(session, browser.copy())
    }
  }

  /** A round of overlapping changes begins. */
  begin(browser: Browser): void {
    this.hold(browser)
    this.#before = new Set(this.#held.keys())
  }

  /** The browser has thrown its cookies away. */
  startAgain(): void {
    this.#held.clear()
  }

  /**
   * The server has lost its memory, so in this round the browser's id opened nothing. Each of its writes
   * began a session of its own, and nothing ends those that the browser did not keep.
   */
  forgetStrays(current: string | undefined): void {
    for (const session of this.#held.keys()) {
      if (!this.#before.has(session) && session !== current) this.#held.delete(session)
    }
  }

  /** Notes which ids the round's changes have closed, and from when on they must open nothing. */
  leave(
    round: readonly Sent[],
    user: string | null,
    current: string | undefined,
    life: Life,
  ): void {
    const acknowledged = (kind: string) =>
      round.some(({ change, outcome }) => change.kind === kind && outcome === 'acknowledged')
    const moved = round.some(
      ({ change, outcome }) =>
        outcome === 'acknowledged' &&
        (change.kind === 'regenerate' || (change.kind === 'sign-in' && change.user !== user)),
    )
    const signsIn = round.some(({ change }) => change.kind === 'sign-in')
    const isOut = acknowledged('sign-out') && !signsIn
    if (!isOut && !moved) return
    // Of a sign-in and another move at once both may stand, each with an id of its own.
    const isFork = signsIn && round.filter(({ change }) => disrupts(change)).length > 1
    const now = performance.now()
    for (const [session, browser] of this.#held) {
      const isOld = this.#before.has(session)
      if (session === current || (isFork && !isOld)) continue
      // What a sign-out left may have moved on within the same round.
      const from = isOut && isOld ? now : now + graceMs
      const known = this.#left.find((one) => one.browser === browser)
      if (known) known.from = Math.min(known.from, from)
      else this.#left.push({ browser, life, from })
    }
    if (isOut) this.#held.clear()
  }

  /** Those that must open nothing by now. */
  due(): readonly Left[] {
    const now = performance.now()
    return this.#left.filter(({ from }) => from <= now)
  }
}
