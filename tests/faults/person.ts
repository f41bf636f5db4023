import { setTimeout as after } from 'node:timers/promises'
import { setCookieNames, setCookies } from '../hono/client.ts'
import { Browser, type Change } from './browser.ts'
import { Ids } from './ids.ts'
import { Life } from './life.ts'
import { planRound } from './plan.ts'
import type { Random } from './random.ts'
import { disrupts, type Sent } from './sent.ts'
import { emptyView, isStored } from './view.ts'
import type { World } from './world.ts'

/** The session must work again within this time after every fault. */
const recoveryMs = 15_000
/** A user with a browser, who sends several changes at once, reads the results, and repeats. */
export class Person {
  readonly #name: string
  readonly #world: World
  readonly #random: Random
  readonly #ids = new Ids()
  #browser = new Browser()
  #life = new Life(emptyView)
  /** A request in this round moved or ended the session, and set this cookie. */
  #movedTo: string | undefined
  #losses = 0
  /** How often the server had lost its data when this browser last got a session cookie. */
  #lossesAtCookie = 0
  /**
   * The cookie of this round opens nothing any more: each request that writes starts a separate
   * session.
   */
  #isDead = false
  #faults = 0
  #wasDisturbed = false
  #drawn = 0
  readonly #mark = () => {
    this.#drawn += 1
    return `${this.#name}-${this.#drawn}`
  }
  /** The latest events, for the message of a violation. */
  readonly #history: string[] = []

  constructor(name: string, world: World, random: Random) {
    this.#name = name
    this.#world = world
    this.#random = random
  }

  async live(): Promise<void> {
    while (!this.#world.isOver) {
      await this.#round()
      await this.#askEnded(this.#random.happens(0.1) ? 1 : 0)
      await after(this.#random.between(50, 250))
    }
  }

  /**
   * Checks, after all faults, that everything that was acknowledged is stored, that the session works again,
   * and that ended sessions have ended.
   */
  async end(): Promise<void> {
    if (this.#browser.session === undefined) await this.#arrive()
    else await this.#settle([], false)
    const user = `${this.#name}-ada`
    const [signIn] = await this.#do([{ kind: 'sign-in', mark: this.#mark(), user }])
    if (signIn?.outcome !== 'acknowledged') this.#violate(['could not sign in after all faults'])
    await this.#askEnded(Number.POSITIVE_INFINITY)
  }

  async #round(): Promise<void> {
    if (this.#browser.session === undefined) await this.#arrive()
    await this.#do(planRound(this.#random, this.#life.seen, this.#name, this.#mark))
  }

  /** Sends all changes at once, and checks the results. */
  async #do(changes: readonly Change[]): Promise<readonly Sent[]> {
    const held = this.#browser.session
    this.#movedTo = undefined
    this.#isDead = (held?.startsWith('s.') ?? false) && this.#lossesAtCookie !== this.#world.losses
    this.#ids.begin(this.#browser)
    const round = await Promise.all(changes.map((change) => this.#send(change, held, changes)))
    await this.#settle(round, changes.filter(disrupts).length > 1)
    return round
  }

  /** The first request of a browser is a single one, which gets the cookies. */
  async #arrive(): Promise<void> {
    this.#life = new Life(emptyView)
    this.#isDead = false
    await this.#settle([], false)
  }

  async #send(change: Change, held: string | undefined, all: readonly Change[]): Promise<Sent> {
    const { counts } = this.#world
    await after(this.#random.between(0, 20))
    const { losses } = this.#world
    const asked = this.#browser.session
    const isOld = asked === held
    counts.requests += 1
    let answer: Response
    let body: { taken?: string | null; error?: unknown }
    try {
      answer = await this.#browser.askFor(await this.#world.origin(this.#random), change)
      body = (await answer.json()) as typeof body
    } catch {
      counts.unknown += 1
      return { change, isOld, outcome: 'unknown' }
    }
    this.#note(change, answer, asked)
    this.#take(answer, asked, change, all)
    if (setCookieNames(answer).includes('session')) this.#lossesAtCookie = losses
    if (answer.status === 503) {
      counts.unknown += 1
      return { change, isOld, outcome: 'unknown' }
    }
    if (answer.ok) {
      counts.acknowledged += 1
      return {
        change,
        isOld,
        outcome: 'acknowledged',
        ...(body.taken ? { taken: body.taken } : {}),
      }
    }
    counts.refused += 1
    const isExpected = all.some(disrupts) || this.#losses !== this.#world.losses
    if (!isExpected || (answer.status !== 409 && answer.status !== 403)) {
      this.#violate([`${change.kind} got the response ${answer.status} ${JSON.stringify(body)}`])
    }
    return { change, isOld, outcome: 'refused' }
  }

  /**
   * The cookies of the response. A response that was committed before the session moved may arrive
   * after the move. No server can prevent that, and it happens only when the session was being created.
   */
  #take(answer: Response, asked: string | undefined, change: Change, all: readonly Change[]): void {
    const names = setCookieNames(answer)
    if (answer.status >= 400 && names.length > 0) {
      this.#violate([`a response with status ${answer.status} set ${names}`])
    }
    const isLate =
      this.#movedTo !== undefined && asked !== this.#movedTo && names.includes('session')
    if (isLate && !disrupts(change)) {
      this.#world.counts['late responses'] += 1
      if (
        isStored(this.#life.seen) &&
        this.#losses === this.#world.losses &&
        all.filter(disrupts).length === 1
      ) {
        this.#violate(["a response replaced a newer session's cookie"])
      }
      return
    }
    this.#ids.hold(this.#browser)
    this.#browser.take(answer)
    if (disrupts(change) && names.includes('session')) this.#movedTo = this.#browser.session
  }

  /** Reads the session until that succeeds, and checks what it shows. */
  async #settle(round: readonly Sent[], isRace: boolean): Promise<void> {
    const world = this.#world
    const looked = await this.#look()
    if (!looked) return
    const { view, losses, faults, isDisturbed } = looked
    const since = {
      lostMemory: this.#losses !== world.losses || this.#isDead,
      disturbed: this.#wasDisturbed || world.isDisturbed || this.#faults !== world.faults,
    }
    const lost = round.filter(({ change, outcome }) => disrupts(change) && outcome === 'unknown')
    const isRough = isRace || lost.some(({ change }) => change.kind === 'regenerate')
    const before = this.#life.seen
    this.#violate(
      isRough ? this.#life.judgeRace(round, view) : this.#life.judge(round, view, since),
      { before, round, view, since },
    )
    if (since.lostMemory) this.#ids.forgetStrays(this.#browser.session)
    this.#ids.leave(round, before.user, this.#browser.session, this.#life)
    this.#losses = losses
    this.#faults = faults
    this.#wasDisturbed = isDisturbed
    // The browser's next cookie may be in a lost response: this user starts again.
    if (isRace || lost.length > 0) this.#startAgain()
  }

  #startAgain(): void {
    this.#browser = new Browser()
    this.#ids.startAgain()
  }

  /** What the session shows, and what had happened when the request was sent. */
  async #look() {
    const world = this.#world
    const until = performance.now() + recoveryMs
    let last = 'nothing'
    do {
      world.counts.requests += 1
      const { losses, faults, isDisturbed } = world
      try {
        const view = await this.#browser.state(await world.origin(this.#random))
        return { view, losses, faults, isDisturbed }
      } catch (error) {
        last = error instanceof Error ? error.message : String(error)
      }
      await after(100)
    } while (performance.now() < until)
    this.#violate([`could not be read again: ${last}`])
    this.#startAgain()
    return undefined
  }

  async #askEnded(most: number): Promise<void> {
    const due = this.#ids.due()
    const asked = due.length <= most || due.length === 0 ? due : [this.#random.one(due)]
    for (const { browser, life } of most === 0 ? [] : asked) {
      this.#world.counts['ended ids tried'] += 1
      try {
        const view = await browser.copy().state(await this.#world.origin(this.#random))
        this.#violate(life.judgeEnded(view), {
          view,
          life: this.#historyOf(shortened(browser.session)),
        })
      } catch {
        // A lost response does not show a signed-in user.
      }
    }
  }

  #note(change: Change, answer: Response, asked: string | undefined): void {
    const set = setCookies(answer).find(({ name }) => name === 'session')?.value
    const what = [change.kind, change.mark, answer.status, shortened(asked), '->', shortened(set)]
    this.#history.push(what.join(' '))
  }

  #historyOf(id: string): string[] {
    const first = this.#history.findIndex((line) => line.includes(id))
    const last = this.#history.findLastIndex((line) => line.includes(id))
    return this.#history.slice(Math.max(0, first - 6), last + 7)
  }

  #violate(what: readonly string[], details: object = {}): void {
    if (what.length === 0) return
    const said = JSON.stringify({ ...details, history: this.#history.slice(-20) })
    this.#world.violate(
      this.#name,
      what.map((one) => `${one} ${said}`),
    )
  }
}

/** Enough of an id to tell it from others: its kind, its random part and its instance. */
function shortened(id: string | undefined): string {
  return (id ?? 'none').replace(/^(\w)\.(.{4})[^.]*\.(.{4}).*$/, '$1.$2.$3')
}
