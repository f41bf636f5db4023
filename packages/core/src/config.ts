/**
 * The keys of an app's configuration and their types. It has no index signature, so that a
 * misspelt key does not compile. An orbit adds its own:
 *
 * ```ts
 * declare module 'gravito-core' {
 *   interface ConfigMap { mail?: MailOptions }
 * }
 * ```
 */
export interface ConfigMap {
  /** The port for `liftoff()`, after its argument and the `PORT` variable. Default: 3000. */
  port?: number | undefined
}

type Known = keyof ConfigMap & string
type Value<K extends Known> = Exclude<ConfigMap[K], undefined>

/** The configuration of one core: what `boot` was given, and what orbits set. */
export class Config {
  readonly #values: Map<string, unknown>

  /** The values to begin with. `PlanetCore.boot` makes one of `BootOptions.config`. */
  constructor(values: ConfigMap = {}) {
    this.#values = new Map(Object.entries(values))
  }

  /**
   * The value of `key`. Without one (absent or `undefined`) it is `fallback`, else `undefined`;
   * `null`, `false`, 0 and '' are values. Keys of {@link ConfigMap} are typed; any other key works.
   */
  get<K extends Known>(key: K): Value<K> | undefined
  get<K extends Known, D>(key: K, fallback: D): Value<K> | D
  get<T = unknown>(key: string): T | undefined
  get<T = unknown>(key: string, fallback: NoInfer<T>): T
  get(key: string, fallback?: unknown): unknown {
    const value = this.#values.get(key)
    return value === undefined ? fallback : value
  }

  /** Whether `key` has a value; `undefined` is none. */
  has(key: Known | (string & {})): boolean {
    return this.#values.get(key) !== undefined
  }

  /** Sets `key`; keys of {@link ConfigMap} take their own type only. */
  set<K extends Known | (string & {})>(key: K, value: K extends Known ? Value<K> : unknown): void {
    this.#values.set(key, value)
  }
}
