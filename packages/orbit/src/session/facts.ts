/** The device that a user signed in with. */
export interface Device {
  /** A readable name, such as "Firefox on Windows". It comes from the client, so escape it in a page. */
  readonly name: string
  /**
   * The `User-Agent` header of the sign-in, at most 256 characters. It comes from the client, so escape it in a page.
   */
  readonly userAgent: string
  /** The network address, shortened according to the option `devices.address`. */
  readonly address?: string | undefined
}

/** The data of a sign-in, in addition to the data of the session. It belongs to the owner who signed in. */
export interface SignInFacts {
  /** The hashed owner. */
  readonly owner: string
  /** When the user last proved their identity: at the sign-in, or with `confirm()`. */
  readonly confirmedAt: number
  /** A string from the app, such as the name that the user gave the device. */
  readonly label?: string | undefined
  /** How the user signed in, in the words of the app, such as `passkey`. */
  readonly method?: string | undefined
  readonly device?: Device | undefined
  /** The result of the app's `ownerVersion` at the sign-in. */
  readonly ownerVersion?: string | undefined
}

/** The lifetime of a session whose sign-in has its own timeouts, in milliseconds. */
export interface Lifetime {
  readonly idle?: number | undefined
  readonly absolute?: number | undefined
  /** Whether the cookie stays when the browser closes. */
  readonly persistent?: boolean | undefined
}

/** The facts in a record, or `undefined` if a sign-in cannot have written them. */
export function factsOf(value: unknown): SignInFacts | undefined {
  if (!isObject(value)) return undefined
  const { owner, confirmedAt, label, method, device, ownerVersion } = value
  const isWhole =
    typeof owner === 'string' &&
    Number.isFinite(confirmedAt) &&
    typeof confirmedAt === 'number' &&
    isText(label) &&
    isText(method) &&
    isText(ownerVersion)
  if (!isWhole) return undefined
  const known = device === undefined ? undefined : deviceOf(device)
  if (device !== undefined && !known) return undefined
  return { owner, confirmedAt, label, method, ownerVersion, device: known }
}

function deviceOf(value: unknown): Device | undefined {
  if (!isObject(value)) return undefined
  const { name, userAgent, address } = value
  const isWhole = typeof name === 'string' && typeof userAgent === 'string' && isText(address)
  return isWhole ? { name, userAgent, address } : undefined
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

const isText = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string'
