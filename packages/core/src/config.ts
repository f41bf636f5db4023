/**
 * The keys of an app's configuration and their types. It has no index signature, so a misspelt key
 * does not compile. An orbit adds its own key:
 *
 * ```ts
 * declare module 'gravito-core' {
 *   interface ConfigMap { mail?: MailOptions }
 * }
 * ```
 */
export interface ConfigMap {
  /** The port for `liftoff()`. The argument and the `PORT` variable take precedence. Default: 3000. */
  port?: number | undefined
}

type Known = keyof ConfigMap & string
type Value<K extends Known> = Exclude<ConfigMap[K], undefined>

/** The configuration of one core: the values that you pass to `boot`, and those that orbits set. */
export class Config {
  readonly #values: Map<string, unknown>

  /** Creates a configuration with these values. `PlanetCore.boot` passes `BootOptions.config`. */
  constructor(values: ConfigMap = {}) {
    this.#values = new Map(Object.entries(values))
  }

  /**
   * Returns the value of `key`. If the value is missing or `undefined`, returns `fallback`. `null`, `false`,
   * 0 and '' count as values. Keys of {@link ConfigMap} are typed. Other keys work without types.
   */
  get<K extends Known>(key: K): Value<K> | undefined
  get<K extends Known, D>(key: K, fallback: D): Value<K> | D
  get<T = unknown>(key: string): T | undefined
  get<T = unknown>(key: string, fallback: NoInfer<T>): T
  get(key: string, fallback?: unknown): unknown {
    const value = this.#values.get(key)
    return value === undefined ? fallback : value
  }

  /** Returns whether `key` has a value. `undefined` does not count as a value. */
  has(key: Known | (string & {})): boolean {
    return this.#values.get(key) !== undefined
  }

  /** Sets `key`. Keys of {@link ConfigMap} accept only their own type. */
  set<K extends Known | (string & {})>(key: K, value: K extends Known ? Value<K> : unknown): void {
    this.#values.set(key, value)
  }
}
