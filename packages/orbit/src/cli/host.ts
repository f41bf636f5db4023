/** What the `gravito` command does for this one: it knows how an entry is found and loaded. */
export interface Host {
  /**
   * Loads the entry of an app without serving it.
   *
   * @param given its path. Default: the first of the usual places
   */
  load(given: string | undefined): Promise<LoadedEntry>
}

/** An entry that was loaded. */
interface LoadedEntry {
  /** Its path. */
  readonly entry: string
  /** Shuts the app down, if it can be shut down. */
  shutdown(): Promise<void>
}
