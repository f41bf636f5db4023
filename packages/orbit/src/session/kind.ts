/**
 * Which kind of object a value is, in any realm. Objects from `vm` and test runners are not instances of this
 * realm's classes. So the kinds are recognized by built-in behaviour that a class cannot imitate, and
 * instances of subclasses by their longer prototype chain.
 */

/** A plain object: `{}`, an object from `JSON.parse`, or `Object.create(null)`. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return true
  // The Object.prototype of another realm. The prototype of a class that extends null is as short, but empty.
  return (
    typeof prototype === 'object' && ancestry(value) === 1 && Object.hasOwn(prototype, 'valueOf')
  )
}

export function isArray(value: object): value is readonly unknown[] {
  if (!Array.isArray(value)) return false
  return Object.getPrototypeOf(value) === Array.prototype || ancestry(value) === 2
}

export function isDate(value: object): value is Date {
  return isBuiltIn(value, 'Date', () => Date.prototype.getTime.call(value))
}

export function isMap(value: object): value is Map<unknown, unknown> {
  return isBuiltIn(value, 'Map', () => Map.prototype.keys.call(value))
}

export function isSet(value: object): value is Set<unknown> {
  return isBuiltIn(value, 'Set', () => Set.prototype.keys.call(value))
}

/** A typed array. A Buffer does not count: it is a subclass and would come back as a Uint8Array. */
export function isTypedArray(value: object): value is Uint8Array {
  return ArrayBuffer.isView(value) && nameOf(value) !== undefined && ancestry(value) === 3
}

/** A typed array of this realm with the same content and its own buffer. */
export function copyTypedArray(value: Uint8Array): unknown {
  return makeTypedArray(String(nameOf(value)), value)
}

/** @throws {TypeError} if there is no typed array class with that name */
export function makeTypedArray(name: string, content: unknown): unknown {
  const type: unknown = Reflect.get(globalThis, name)
  // By name, because in test runners the classes may come from several realms.
  if (typeof type !== 'function' || Object.getPrototypeOf(type).name !== TypedArray.name) {
    throw new TypeError(`${name} is not a typed array.`)
  }
  return Reflect.construct(type, [content])
}

/** The name of a typed array's class. `undefined` for a DataView. */
function nameOf(view: ArrayBufferView): unknown {
  return Reflect.get(TypedArray.prototype, Symbol.toStringTag, view)
}

const TypedArray: { readonly prototype: object; readonly name: string } =
  Object.getPrototypeOf(Uint8Array)

/** @param probe calls a method of the built-in class. It throws for objects that only look like one */
function isBuiltIn(value: object, tag: string, probe: () => unknown): boolean {
  if (Object.prototype.toString.call(value) !== `[object ${tag}]`) return false
  if (ancestry(value) !== 2) return false
  try {
    probe()
    return true
  } catch {
    return false
  }
}

/** The number of prototypes of an object. It stops counting above the number of any built-in kind. */
function ancestry(value: object): number {
  let count = 0
  let prototype: unknown = Object.getPrototypeOf(value)
  while (typeof prototype === 'object' && prototype !== null && count < 4) {
    count += 1
    prototype = Object.getPrototypeOf(prototype)
  }
  return count
}
