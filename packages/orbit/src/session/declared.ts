import type { OwnerId } from './owner.ts'

/**
 * The types of your app's data in the session. Declare them once, and the methods of the session know
 * the keys and their types:
 *
 * @example
 * declare module '@gravito/orbit' {
 *   interface SessionData { userId: string; cart: { sku: string; quantity: number }[] }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: augmented by the app
export interface SessionData {}

/**
 * The types of your app's flash messages, declared in the same way.
 *
 * @example
 * declare module '@gravito/orbit' {
 *   interface SessionFlash { success: string; warning: string }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: augmented by the app
export interface SessionFlash {}

// In what follows, `T` is the explicit type parameter of a call such as `get<number>('hits')`. It is
// `never` if there is none; then the declared types count. `V` of `never` asks whether it is.

/** What a reader gets: objects and arrays are frozen, deep; Date, Map, Set and typed arrays are copies. */
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

/** The value under a key, as reading returns it and as `put` takes it. */
export type ValueOf<Data, Key, T = never> = [T] extends [never]
  ? Key extends keyof Data
    ? DeepReadonly<Required<Data>[Key]>
    : unknown
  : DeepReadonly<T>

/** Anything, said so that the literal type of a fallback is not lost before it is compared. */
export type Storable = string | number | bigint | boolean | null | undefined | object

/** What a fallback must be if the call has a type parameter. */
export type FallbackOf<T> = unknown extends T ? Storable : Extract<T, Storable>

/** What `get` returns: the value, or the fallback, which tells the type if none is declared. */
export type ValueOr<Data, Key, Fallback, T = never> = [T] extends [never]
  ? Key extends keyof Data
    ? OrOther<DeepReadonly<Required<Data>[Key]>, Fallback>
    : TypeOf<Fallback>
  : DeepReadonly<T>

type OrOther<Value, Fallback> = [Fallback] extends [Value] ? Value : Value | Fallback

/** The type that a fallback stands for: `0` is a number, `null` says nothing. */
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

/** What `update` and `remember` return: the declared type, else that of what their function made. */
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

/** What `put` takes after nothing but itself: some values by their keys. */
export type Values<Data, T = never> = [T] extends [never]
  ? IsDeclared<Data> extends true
    ? DeepReadonly<Partial<Data>>
    : Readonly<Record<string, unknown>>
  : Readonly<Record<string, DeepReadonly<T>>>

/** The last argument of `claim` and `flash`: it may be left out if `true` is a value for the key. */
export type OptionalIfTrue<Value> = true extends Value ? [value?: Value] : [value: Value]

/** The user's id: of the declared `userId`, else whatever can be one. */
export type UserIdOf<Data> = 'userId' extends keyof Data ? OwnerId & Data['userId'] : OwnerId
