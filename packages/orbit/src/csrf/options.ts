import type { Context } from 'hono'
import { getPath } from 'hono/utils/url'
import {
  aBoolean,
  aCookieName,
  aFunction,
  aName,
  aNumber,
  aToken,
  aWholeNumber,
  exposedName,
  longestTimer,
  refuse,
  shown,
} from '../checks.ts'
import type { CsrfOptions, CsrfSettings, SessionOptions } from '../config.ts'
import type { Checked, Table } from '../option-table.ts'
import { quote } from '../quote.ts'

/** The rows of the options table for the CSRF check. */
export const csrfOptions = {
  enabled: { default: true, check: aBoolean },
  exposeAs: { default: 'csrf', check: exposedName },
  headerName: { default: 'X-CSRF-Token', check: aToken },
  cookieName: { default: 'XSRF-TOKEN', check: aCookieName },
  fieldNames: { default: ['_token', '_csrf'], check: fieldNames },
  maxFormBytes: { default: 64 * 1024, check: aWholeNumber(0) },
  formTimeoutSeconds: { default: 10, check: aNumber(0.001, longestTimer) },
  trustedOrigins: { default: [], check: origins },
  allowSameSite: { default: false, check: aBoolean },
  ignore: { default: [], check: pathsOrFunction },
  onError: { check: aFunction },
  reportOnly: { default: false, check: aBoolean },
} satisfies Table<CsrfOptions>

/** Turns `csrf: false` into `csrf: { enabled: false }`. */
export function switched(csrf: SessionOptions['csrf'] = {}): CsrfOptions {
  return typeof csrf === 'boolean' ? { enabled: csrf } : csrf
}

/** The options in the form that the check needs for each request. */
export function csrfSettings(csrf: Checked<CsrfOptions, typeof csrfOptions>): CsrfSettings {
  const { ignore } = csrf
  // A name in the list twice would find the same token twice, and two tokens are refused.
  const [firstName, ...otherNames] = csrf.fieldNames
  const isNew = (name: string, index: number) =>
    name !== firstName && otherNames.indexOf(name) === index
  return {
    ...csrf,
    headerNames: [csrf.headerName, 'X-XSRF-TOKEN'],
    fieldNames: [firstName, ...otherNames.filter(isNew)],
    formTimeoutMs: csrf.formTimeoutSeconds * 1000,
    trustedOrigins: new Set(csrf.trustedOrigins),
    ignores: typeof ignore === 'function' ? ignore : ignoringPaths(ignore),
  }
}

/** Hono decodes the path of a request, so the listed paths are decoded in the same way. */
function ignoringPaths(paths: readonly string[]): CsrfSettings['ignores'] {
  const exact = new Set(paths.map((path) => getPath(new Request(`http://localhost${path}`))))
  return (c: Context) => exact.has(c.req.path)
}

function fieldNames(option: string, names: unknown): void {
  if (!Array.isArray(names) || names.length === 0) {
    refuse(option, 'must be a list of at least one name')
  }
  for (const name of names) {
    if (/^[\w.-]+$/.test(aName(option, name))) continue
    refuse(option, `has the name ${quote(name)}. Use letters, digits, "_", "-" and "."`)
  }
}

function pathsOrFunction(option: string, ignore: unknown): void {
  if (typeof ignore === 'function') return
  if (!Array.isArray(ignore)) refuse(option, 'must be a list of paths or a function')
  for (const path of ignore) {
    if (typeof path === 'string' && /^\/[^*?#]*$/.test(path)) continue
    refuse(
      option,
      `has ${shown(path)}. A path starts with "/" and must match exactly. For patterns use a function: (c) => c.req.path.startsWith("/hooks/")`,
    )
  }
}

function origins(option: string, list: unknown): void {
  if (!Array.isArray(list)) refuse(option, 'must be a list')
  for (const origin of list) {
    if (typeof origin === 'string' && isOrigin(origin)) continue
    const wildcards = shown(origin).includes('*')
      ? '. Wildcards do not work: list each origin, or set session.csrf.allowSameSite for hosts of the same site'
      : ''
    refuse(
      option,
      `has ${shown(origin)}. Write only scheme, host and port: "https://app.example.com", "capacitor://localhost"${wildcards}`,
    )
  }
}

/**
 * Whether the string is an origin as browsers send it. It can be the origin of a site, or of an app with its own
 * scheme (`capacitor://localhost`), for which `URL.origin` is "null".
 */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text) || text.includes('*')) return false
  const { protocol, host } = new URL(text)
  const isSent = !/^(?:ftp|wss?|file):$/.test(protocol)
  return isSent && host !== '' && text === `${protocol}//${host}`
}
