import type { Change } from './changes.ts'
import type { Contents, FlashEntry } from './contents.ts'

/** Which of the request's flash messages are removed after it. */
export type Ageing = 'all' | 'read' | 'none'

const none: ReadonlyMap<string, FlashEntry> = new Map()

/** The flash messages that a request has loaded. */
export class IncomingFlash {
  #loaded = none
  #entries = none
  #read: Set<string> | undefined

  /** Loads the messages that the session has now. */
  load({ flash }: Contents): void {
    if (flash.size === 0) return
    this.#loaded = new Map(flash)
    this.#entries = this.#loaded
  }

  /** Reading a message may remove it. Peeking does not. */
  get(key: string, peek: boolean): FlashEntry | undefined {
    const entry = this.#entries.get(key)
    if (entry && !peek) {
      const read = this.#read ?? new Set()
      this.#read = read.add(entry.mark)
    }
    return entry
  }

  keys(): Iterable<string> {
    return this.#entries.keys()
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0
  }

  clear(): void {
    this.#entries = none
  }

  /** Restores the messages that were loaded and are still stored. */
  restore({ flash }: Contents): void {
    this.#entries = new Map(
      [...this.#loaded].filter(([key, { mark }]) => flash.get(key)?.mark === mark),
    )
  }

  /** The changes that remove the messages for which this is the last response. */
  ageing(which: Ageing): Change[] {
    if (which === 'none') return []
    return [...this.#entries].flatMap(([key, { mark }]) =>
      which === 'read' && !this.#read?.has(mark) ? [] : { op: 'age', key, mark },
    )
  }
}
