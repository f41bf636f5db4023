/** The `gravito` command, which knows how to find and load the entry of an app. */
export interface Host {
  /**
   * Loads the entry of an app without serving it.
   *
   * @param given the path of the entry. Default: the first of the usual places that exists
   */
  load(given: string | undefined): Promise<LoadedEntry>
}

/** An entry that was loaded. */
export interface LoadedEntry {
  /** Its path. */
  readonly entry: string
  /** Shuts the app down, if it can be shut down. */
  shutdown(): Promise<void>
}
