import type { OwnerId } from './owner.ts'

/**
 * The types of your app's data in the session. Declare them once, and the methods of the session know the keys and
 * their types.
 *
 * @example
 * declare module '@gravito/orbit' {
 *   interface SessionData { userId: string; cart: { sku: string; quantity: number }[] }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: augmented by the app
export interface SessionData {}

/**
 * The types of your app's flash messages. Declare them in the same way as `SessionData`.
 *
 * @example
 * declare module '@gravito/orbit' {
 *   interface SessionFlash { success: string; warning: string }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: augmented by the app
export interface SessionFlash {}

// In the types below, `T` is the explicit type parameter of a call such as `get<number>('hits')`. Without one it is
// `never`, and the declared types are used. `[T] extends [never]` tests that.

/**
 * The type of a value that you get from the session. Objects and arrays are frozen, including nested ones. A Date, Map,
 * Set or typed array is a copy.
 */
export type DeepReadonly<V> = V extends string | number | bigint | boolean | null | undefined
  ? V
  : V extends Date | ArrayBufferView
    ? V
    : V extends Map<infer Key, infer Item>
      ? Map<DeepReadonly<Key>, DeepReadonly<Item>>
      : V extends Set<infer Item>
        ? Set<DeepReadonly<Item>>
        : V extends object
          ? { readonly [Key in keyof V]: DeepReadonly<V[Key]> }
          : V

type IsDeclared<Data> = [keyof Data] extends [never] ? false : true

/** The declared keys; any string if nothing is declared, or if the call has a type parameter. */
export type KeyOf<Data, T = never> = [T] extends [never]
  ? IsDeclared<Data> extends true
    ? keyof Data & string
    : string
  : string

/** Keys as arguments or in lists: `forget('a', 'b')`, `forget(['a', 'b'])`. */
export type KeyList<Key extends string = string> = readonly (Key | readonly Key[])[]

/** The keys whose declared type is a `Kind`. */
export type KeyOfKind<Data, Kind, T = never> = [T] extends [never]
  ? IsDeclared<Data> extends true
    ? { [Key in keyof Data]-?: Required<Data>[Key] extends Kind ? Key : never }[keyof Data] & string
    : string
  : string

/** The value under a key, as reading returns it and `put` accepts it. */
export type ValueOf<Data, Key, T = never> = [T] extends [never]
  ? Key extends keyof Data
    ? DeepReadonly<Required<Data>[Key]>
    : unknown
  : DeepReadonly<T>

/** Any value. Written as a union, so that the literal type of a fallback is kept for the comparison. */
export type Storable = string | number | bigint | boolean | null | undefined | object

/** The type of a fallback if the call has a type parameter. */
export type FallbackOf<T> = unknown extends T ? Storable : Extract<T, Storable>

/** The result of `get`: the value or the fallback. Without a declared type, the fallback gives the type. */
export type ValueOr<Data, Key, Fallback, T = never> = [T] extends [never]
  ? Key extends keyof Data
    ? OrOther<DeepReadonly<Required<Data>[Key]>, Fallback>
    : TypeOf<Fallback>
  : DeepReadonly<T>

type OrOther<Value, Fallback> = [Fallback] extends [Value] ? Value : Value | Fallback

/** The type that a fallback implies: `0` implies a number, `null` implies nothing. */
type TypeOf<Fallback> = [Fallback] extends [null | undefined]
  ? unknown
  : Fallback extends readonly never[]
    ? readonly unknown[]
    : Fallback extends string
      ? string
      : Fallback extends number
        ? number
        : Fallback extends boolean
          ? boolean
          : DeepReadonly<Fallback>

/** The result of `update` and `remember`: the declared type or, without one, the type that their function returns. */
export type MadeFor<Data, Key, Made, T = never> = [T] extends [never]
  ? Key extends keyof Data
    ? ValueOf<Data, Key>
    : DeepReadonly<Made>
  : DeepReadonly<T>

/** An item of the array under a key. */
export type ItemOf<Data, Key, T = never> = [T] extends [never]
  ? Key extends keyof Data
    ? Required<Data>[Key] extends readonly (infer Item)[]
      ? DeepReadonly<Item>
      : unknown
    : unknown
  : DeepReadonly<T>

/** The only argument of `put`: an object of values by key. */
export type Values<Data, T = never> = [T] extends [never]
  ? IsDeclared<Data> extends true
    ? DeepReadonly<Partial<Data>>
    : Readonly<Record<string, unknown>>
  : Readonly<Record<string, DeepReadonly<T>>>

/** The last argument of `claim` and `flash`. You may omit it if `true` is a valid value for the key. */
export type OptionalIfTrue<Value> = true extends Value ? [value?: Value] : [value: Value]

/** The type of the user's id: that of the declared `userId` or, without a declaration, any valid id. */
export type UserIdOf<Data> = 'userId' extends keyof Data ? OwnerId & Data['userId'] : OwnerId
