import type { Browser } from './browser.ts'
import type { Life } from './life.ts'
import { disrupts, type Sent } from './sent.ts'

/** How long a moved session's old id may still be read, with some margin. */
const graceMs = 11_000

/** An id that the browser no longer uses. */
interface Left {
  readonly browser: Browser
  readonly life: Life
  /** From this time on, the id must open nothing. */
  from: number
}

/** All ids of a browser, and their state. */
export class Ids {
  readonly #left: Left[] = []
  /** The ids of the current session. */
  readonly #held = new Map<string, Browser>()
  /** The ids at the start of the round. */
  #before = new Set<string>()

  /** Notes that the browser now has this id. */
  hold(browser: Browser): void {
    const { session } = browser
    if (session?.startsWith('s') && !this.#held.has(session)) {
      this.#held.set(session, browser.copy())
    }
  }

  /** Starts a round of overlapping changes. */
  begin(browser: Browser): void {
    this.hold(browser)
    this.#before = new Set(this.#held.keys())
  }

  /** Notes that the browser has deleted its cookies. */
  startAgain(): void {
    this.#held.clear()
  }

  /**
   * Notes that the server has lost its data, so the browser's id opened nothing in this round. Each write
   * created a separate session, and nothing ends the sessions whose cookies the browser did not keep.
   */
  forgetStrays(current: string | undefined): void {
    for (const session of this.#held.keys()) {
      if (!this.#before.has(session) && session !== current) this.#held.delete(session)
    }
  }

  /** Notes which ids the changes of the round have closed, and the time from which they must open nothing. */
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
    // After a sign-in and another move at the same time, both sessions may be kept, each with its own id.
    const isFork = signsIn && round.filter(({ change }) => disrupts(change)).length > 1
    const now = performance.now()
    for (const [session, browser] of this.#held) {
      const isOld = this.#before.has(session)
      if (session === current || (isFork && !isOld)) continue
      // A sign-out may have left a record that moved within the same round.
      const from = isOut && isOld ? now : now + graceMs
      const known = this.#left.find((one) => one.browser === browser)
      if (known) known.from = Math.min(known.from, from)
      else this.#left.push({ browser, life, from })
    }
    if (isOut) this.#held.clear()
  }

  /** The ids that must open nothing now. */
  due(): readonly Left[] {
    const now = performance.now()
    return this.#left.filter(({ from }) => from <= now)
  }
}
