import type { Change } from './browser.ts'
import { acknowledged, isOf, type Outcome, type Sent } from './sent.ts'
import { allOf, keys, marksOf, type View, valueAt } from './view.ts'

/** What else happened since the session was last read. */
export interface Circumstances {
  /** The server has lost all sessions. */
  readonly lostMemory: boolean
  /** A process or server was down, so a response may have been lost. */
  readonly disturbed: boolean
}

/** Whether the session that was read is the known one, or another one. */
export type Sequel = 'same' | 'fresh'

/**
 * What one browser may see of its session. The test compares the session with it. It knows which changes were
 * acknowledged, were refused or have an unknown outcome, and reports where a session contradicts that.
 */
export class Life {
  #seen: View
  /** The outcome of each mark that this browser ever sent. */
  readonly #fates = new Map<string, Outcome>()
  /** Values of `put` that may still be written, and those that were overwritten. */
  #late = new Map<string, Set<string>>()
  readonly #over = new Set<string>()
  readonly #taken = new Set<string>()
  #mayTakeLate = false

  constructor(seen: View) {
    this.#seen = seen
  }

  get seen(): View {
    return this.#seen
  }

  /** Checks what was read after a round of overlapping changes, and continues from there. */
  judge(round: readonly Sent[], view: View, since: Circumstances): string[] {
    for (const { change, outcome } of round) {
      if (change.mark !== undefined) this.#fates.set(change.mark, outcome)
    }
    const sequel = this.#sequelOf(round, view, since)
    if (typeof sequel !== 'string') return sequel
    const wrong = [
      ...this.#twice(view),
      ...this.#foreign(view),
      ...this.#taking(round),
      ...(sequel === 'same'
        ? [...this.#missing(round, view), ...this.#values(round, view)]
        : this.#remains(round, view, since)),
      ...this.#owner(round, view, sequel, since),
      ...this.#message(round, view, sequel, since),
    ]
    this.#goOn(round, view, sequel)
    return wrong
  }

  /**
   * The rules that hold for any order of sign-ins and sign-outs: for rounds with more than one of
   * them.
   */
  judgeRace(round: readonly Sent[], view: View): string[] {
    for (const { change, outcome } of round) {
      if (change.mark !== undefined) this.#fates.set(change.mark, outcome)
    }
    const users = round.flatMap(({ change, outcome }) =>
      change.kind === 'sign-in' && outcome !== 'refused' ? [change.user ?? null] : [],
    )
    const allowed = [null, this.#seen.user, ...users]
    const wrong = [...this.#twice(view), ...this.#foreign(view), ...this.#taking(round)]
    if (!allowed.includes(view.user)) wrong.push(`signed in as ${view.user}, who did not sign in`)
    const ended = round.some(({ change, outcome, isOld }) => {
      return change.kind === 'sign-out' && outcome === 'acknowledged' && isOld
    })
    if (ended && users.length === 0) {
      if (view.user !== null) wrong.push(`signed in as ${view.user} after the sign-out`)
      wrong.push(...this.#comeBack(view))
    }
    return wrong
  }

  /** Checks what an ended id shows. */
  judgeEnded(view: View): string[] {
    const wrong = [...view.log, ...view.added].filter((mark) => this.#fates.has(mark))
    return [
      ...(view.user === null ? [] : [`an ended id is signed in as ${view.user}`]),
      ...wrong.map((mark) => `an ended id shows ${mark}`),
    ]
  }

  #sequelOf(round: readonly Sent[], view: View, since: Circumstances): Sequel | string[] {
    const { user } = this.#seen
    const has = (kind: Change['kind'], ...outcomes: Outcome[]) =>
      round.some((sent) => sent.change.kind === kind && outcomes.includes(sent.outcome))
    const other = round.some(
      ({ change, outcome }) =>
        change.kind === 'sign-in' &&
        outcome === 'acknowledged' &&
        user !== null &&
        change.user !== user,
    )
    const isOver = has('sign-out', 'acknowledged') || other
    const mayBeOver =
      since.lostMemory ||
      has('sign-out', 'unknown') ||
      has('sign-in', 'unknown') ||
      has('regenerate', 'unknown')
    if (isOver) return 'fresh'
    if (!mayBeOver) return 'same'
    const before = new Set(allOf(this.#seen))
    if (before.size > 0) return allOf(view).some((mark) => before.has(mark)) ? 'same' : 'fresh'
    return user !== null && view.user === user ? 'same' : 'fresh'
  }

  #twice(view: View): string[] {
    const all = marksOf(view)
    const wrong = all
      .filter((mark, place) => all.indexOf(mark) !== place)
      .map((mark) => `${mark} (${this.#fates.get(mark)}) was applied twice`)
    if (view.sum !== view.added.length) {
      wrong.push(`${view.added.length} increments resulted in ${view.sum}`)
    }
    return wrong
  }

  #foreign(view: View): string[] {
    return marksOf(view).flatMap((mark) => {
      const fate = this.#fates.get(mark)
      if (fate === undefined) return [`${mark} belongs to another browser`]
      return fate === 'refused' ? [`${mark} was refused, but it is stored`] : []
    })
  }

  /** Checks that all earlier and all acknowledged data is stored. */
  #missing(round: readonly Sent[], view: View): string[] {
    const marks = new Set(marksOf(view))
    const wanted = [
      ...marksOf(this.#seen).map((mark) => ({ mark, was: 'seen' })),
      ...acknowledged(round, 'push', 'add', 'sign-in').map((mark) => ({
        mark,
        was: 'acknowledged',
      })),
    ]
    return wanted.flatMap(({ mark, was }) =>
      marks.has(mark) ? [] : [`${mark} was ${was} and is lost`],
    )
  }

  #values(round: readonly Sent[], view: View): string[] {
    const wrong: string[] = []
    for (const key of keys) {
      const [before, after] = [valueAt(this.#seen, key), valueAt(view, key)]
      if (after !== undefined && this.#over.has(after)) {
        wrong.push(`${key} is ${after} again, although it was overwritten or taken`)
      }
      const acked = round.filter((sent) => sent.outcome === 'acknowledged' && isOf(sent, key))
      const allowed = new Set([
        ...(acked.length > 0 ? [] : [before]),
        ...round.flatMap((s) => (s.outcome !== 'refused' && isOf(s, key) ? [s.change.mark] : [])),
        ...(this.#late.get(key) ?? []),
      ])
      const takes =
        key === 'code' && round.some((s) => s.change.kind === 'take' && s.outcome !== 'refused')
      if (takes || (key === 'code' && this.#mayTakeLate)) allowed.add(undefined)
      if (!allowed.has(after)) wrong.push(`${key} is ${after}, not ${[...allowed].join(' or ')}`)
    }
    return wrong
  }

  /** Checks that nothing is left of a session that ended, and that the session after it is complete. */
  #remains(round: readonly Sent[], view: View, since: Circumstances): string[] {
    const wrong = this.#comeBack(view)
    if (since.lostMemory) return wrong
    const marks = new Set(marksOf(view))
    const later = round.filter(({ isOld, change }) => !isOld || change.kind === 'sign-in')
    for (const mark of acknowledged(later, 'push', 'add', 'sign-in')) {
      if (!marks.has(mark)) wrong.push(`${mark} was acknowledged in the new session and is lost`)
    }
    return wrong
  }

  #comeBack(view: View): string[] {
    const before = new Set([...allOf(this.#seen), ...this.#over])
    return allOf(view).flatMap((mark) =>
      before.has(mark) ? [`${mark} of an ended session came back`] : [],
    )
  }

  #owner(round: readonly Sent[], view: View, sequel: Sequel, since: Circumstances): string[] {
    const signIn = round.find(({ change }) => change.kind === 'sign-in')
    const user = signIn?.change.user ?? null
    const isIn = signIn?.outcome === 'acknowledged'
    const allowed =
      sequel === 'same'
        ? [isIn ? user : this.#seen.user]
        : [...(isIn ? [user] : []), ...(!isIn || since.lostMemory ? [null] : [])]
    return allowed.includes(view.user)
      ? []
      : [`signed in as ${view.user}, not as ${allowed.join(' or ')} (${sequel})`]
  }

  #message(round: readonly Sent[], view: View, sequel: Sequel, since: Circumstances): string[] {
    const only = round.length === 1 ? round[0] : undefined
    if (only?.change.kind !== 'flash' || sequel === 'fresh') {
      const mark = view.flash
      if (mark === null || since.disturbed || round.some((s) => s.change.mark === mark)) return []
      return mark === this.#seen.flash ? [`the message ${mark} was shown again`] : []
    }
    const isThere = view.flash === only.change.mark
    if (only.outcome !== 'acknowledged' || isThere || since.disturbed) return []
    return [`the message ${only.change.mark} was acknowledged and is lost`]
  }

  #taking(round: readonly Sent[]): string[] {
    return round.flatMap(({ change, taken }) => {
      if (change.kind !== 'take' || taken === null || taken === undefined) return []
      const fate = this.#fates.get(taken)
      const wrong = this.#taken.has(taken) ? [`${taken} was taken twice`] : []
      this.#taken.add(taken)
      this.#over.add(taken)
      return fate === undefined || fate === 'refused'
        ? [...wrong, `${taken} was taken, but never stored`]
        : wrong
    })
  }

  #goOn(round: readonly Sent[], view: View, sequel: Sequel): void {
    if (sequel === 'fresh') {
      this.#late = new Map()
      this.#mayTakeLate = false
    }
    for (const key of keys) {
      const after = valueAt(view, key)
      const before = valueAt(this.#seen, key)
      if (before !== undefined && before !== after) this.#over.add(before)
      for (const sent of round) {
        const { mark } = sent.change
        if (!isOf(sent, key) || mark === undefined || mark === after) continue
        if (sent.outcome === 'acknowledged') this.#over.add(mark)
        if (sent.outcome === 'unknown') {
          this.#late.set(key, (this.#late.get(key) ?? new Set()).add(mark))
        }
      }
    }
    this.#mayTakeLate ||= round.some((s) => s.change.kind === 'take' && s.outcome === 'unknown')
    this.#seen = view
  }
}
