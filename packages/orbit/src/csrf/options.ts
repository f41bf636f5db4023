import {
  aBoolean,
  aFunction,
  aName,
  aNumber,
  aToken,
  aWholeNumber,
  exposedName,
  refuse,
  shown,
} from '../checks.ts'
import type { CsrfOptions, CsrfSettings, SessionOptions } from '../config.ts'
import { quote } from '../quote.ts'
import { isOrigin } from './origin.ts'

/** In seconds: no timer is set for longer. */
const aDay = 24 * 60 * 60

/** `csrf: false` for `csrf: { enabled: false }`. */
export function switched(csrf: SessionOptions['csrf'] = {}): CsrfOptions {
  return typeof csrf === 'boolean' ? { enabled: csrf } : csrf
}

/**
 * The options of the CSRF check, checked, with their defaults.
 *
 * @throws {SessionConfigError} for options that cannot work
 */
export function csrfSettings(csrf: CsrfOptions): CsrfSettings {
  const {
    enabled = true,
    fieldNames = ['_token', '_csrf'],
    trustedOrigins = [],
    ignore = [],
  } = csrf
  for (const name of ['enabled', 'allowSameSite', 'reportOnly'] as const) {
    aBoolean(`session.csrf.${name}`, csrf[name])
  }
  aFunction('session.csrf.onError', csrf.onError)
  if (!Array.isArray(fieldNames) || fieldNames.length === 0) {
    refuse('session.csrf.fieldNames', 'must be a list of at least one name')
  }
  for (const name of fieldNames) {
    if (!/^[\w.-]+$/.test(aName('session.csrf.fieldNames', name))) {
      refuse(
        'session.csrf.fieldNames',
        `has the name ${quote(name)}; use letters, digits, "_", "-" and "."`,
      )
    }
  }
  const formTimeout = aNumber(
    'session.csrf.formTimeoutSeconds',
    csrf.formTimeoutSeconds ?? 10,
    0.001,
    aDay,
  )
  if (!Array.isArray(trustedOrigins)) refuse('session.csrf.trustedOrigins', 'must be a list')
  if (typeof ignore !== 'function' && !Array.isArray(ignore)) {
    refuse('session.csrf.ignore', 'must be a list of paths or a function')
  }
  // A name that stands twice would find one token twice, and two tokens are refused.
  const [firstName, ...otherNames] = fieldNames
  const isNew = (name: string, index: number) =>
    name !== firstName && otherNames.indexOf(name) === index
  return {
    enabled,
    exposeAs: exposedName('session.csrf.exposeAs', csrf.exposeAs ?? 'csrf'),
    headerNames: [
      aToken('session.csrf.headerName', csrf.headerName ?? 'X-CSRF-Token'),
      'X-XSRF-TOKEN',
    ],
    fieldNames: [firstName, ...otherNames.filter(isNew)],
    maxFormBytes: aWholeNumber('session.csrf.maxFormBytes', csrf.maxFormBytes ?? 64 * 1024, 0),
    formTimeoutMs: formTimeout * 1000,
    trustedOrigins: new Set(trustedOrigins.map(anOrigin)),
    allowSameSite: csrf.allowSameSite ?? false,
    ignores: typeof ignore === 'function' ? ignore : ignoringPaths(ignore),
    onError: csrf.onError,
    reportOnly: csrf.reportOnly ?? false,
  }
}

function ignoringPaths(paths: readonly string[]): CsrfSettings['ignores'] {
  for (const path of paths) {
    if (typeof path !== 'string' || !/^\/[^*?#]*$/.test(path)) {
      refuse(
        'session.csrf.ignore',
        `has ${shown(path)}; paths count to the letter and begin with "/". For patterns give a function: (c) => c.req.path.startsWith("/hooks/")`,
      )
    }
  }
  const exact = new Set(paths)
  return (c) => exact.has(c.req.path)
}

function anOrigin(origin: string): string {
  if (typeof origin === 'string' && isOrigin(origin)) return origin
  const wildcards = shown(origin).includes('*')
    ? '. Wildcards do not work: name each origin, or set session.csrf.allowSameSite for hosts of the same site'
    : ''
  return refuse(
    'session.csrf.trustedOrigins',
    `has ${shown(origin)}; write scheme, host and port only: "https://app.example.com", "capacitor://localhost"${wildcards}`,
  )
}
