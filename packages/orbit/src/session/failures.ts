import { SessionError } from '../errors.ts'
import { onOneLine } from '../quote.ts'
import { isError } from '../thrown.ts'
import type { Engine } from './engine.ts'
import { handleOf } from './id.ts'

/** The failures of one request. Each is reported once. */
export class Failures {
  readonly #emit: Engine['emit']
  readonly #session: { readonly random: string }
  readonly #request: { failure(): Error | undefined }
  #reported: SessionError | undefined
  #unheard: { error: unknown; work: Heard<unknown> }[] = []
  #isClosed = false
  #toldLate = false

  /**
   * @param session the random part of the session's id, for the handle in the event
   * @param request the error of the handler, if it failed
   */
  constructor(
    emit: Engine['emit'],
    session: { readonly random: string },
    request: { failure(): Error | undefined },
  ) {
    this.#emit = emit
    this.#session = session
    this.#request = request
  }

  /**
   * For a promise that a handler may not await. If it rejects, the process must not end, and the failure must
   * be reported, unless the handler already failed with it.
   */
  watch<T>(promise: Promise<T>): Promise<T> {
    const work = new Heard<T>((resolve, reject) => {
      promise.then(resolve, reject)
    })
    promise.catch((error: unknown) => {
      if (!this.#isClosed) this.#unheard.push({ error, work })
      else if (!work.isHeard) this.callback('A function given to the session', error)
    })
    work.ignore()
    return work
  }

  /** At the end of the request: reports the failures of promises that nobody awaited. */
  close(): void {
    this.#isClosed = true
    if (this.#unheard.length === 0) return
    const unheard = this.#unheard
    this.#unheard = []
    const known = this.#request.failure()
    for (const { error, work } of unheard) {
      if (!work.isHeard && error !== known) this.callback('A function given to the session', error)
    }
  }

  /**
   * For a use of the session that is too late and is about to throw. Such an error is often lost, so the first one is
   * reported.
   */
  late(error: SessionError): SessionError {
    if (!this.#toldLate) this.report(error)
    this.#toldLate = true
    return error
  }

  /** Reports an error that a function of the app threw. Our own errors are thrown unchanged. */
  callback(name: string, thrown: unknown): void {
    if (thrown instanceof SessionError) this.report(thrown)
    else
      this.report(
        new SessionError('session-callback-failed', `${name} threw an error.`, { cause: thrown }),
      )
  }

  /** Emits an event and writes a log line. A refusal (409) is a response and has its own event. */
  report(error: SessionError): void {
    if (error.status < 500 || error === this.#reported) return
    this.#reported = error
    const { code, cause } = error
    const message = isError(cause) ? `${error.message} (${cause.message})` : error.message
    const handle = handleOf(this.#session.random)
    this.#emit({ type: 'session:error', handle, code, message: onOneLine(message) })
  }
}

/** A promise that records whether it was awaited. */
class Heard<T> extends Promise<T> {
  static override readonly [Symbol.species] = Promise
  isHeard = false

  // biome-ignore lint/suspicious/noThenProperty: it is a promise.
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.isHeard = true
    return super.then(onFulfilled, onRejected)
  }

  /** A rejection does not end the process. */
  ignore(): void {
    super.then(undefined, () => {})
  }
}
