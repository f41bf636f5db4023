import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { explainsItself, GravitoError, messageOf } from '../errors.ts'
import { isNode, SHUTDOWN } from '../runtime.ts'
import { registerFormatHook } from './typescript-format.ts'

/** The default entries, relative to the working directory. Sources come before build output. */
export const DEFAULT_ENTRIES = ['src/bootstrap', 'bootstrap', 'dist/bootstrap'].flatMap((place) =>
  ['ts', 'mts', 'js', 'mjs'].map((extension) => `${place}.${extension}`),
)

const TYPESCRIPT = /\.[cm]?tsx?$/

/** The default export of an entry: the result of `liftoff()`, or any object with a `fetch`. */
export interface ServedApp {
  readonly port?: unknown
  readonly [SHUTDOWN]?: () => Promise<void>
  fetch(request: Request, env: unknown): Response | Promise<Response>
}

/** The words that the messages of a command use for its entry. */
interface Wording {
  /** The purpose of the entry, as in "There is no entry to serve". */
  readonly toServe: string
  /** How to pass an entry to the command. */
  readonly usage: string
}

const SERVE: Wording = { toServe: 'to serve', usage: 'gravito serve <entry>' }

/** Returns the absolute path of the given entry, or of the first default entry that exists. */
export function findEntry(
  given: string | undefined,
  folder: string,
  places: readonly string[] = DEFAULT_ENTRIES,
  { toServe, usage }: Wording = SERVE,
): string {
  const candidates = given === undefined ? places : [given]
  const entry = candidates.map((path) => resolve(folder, path)).find((path) => existsSync(path))
  if (entry !== undefined) return entry
  throw new GravitoError(
    'entry-missing',
    given === undefined
      ? `There is no entry ${toServe} in ${folder}: looked for ${places.join(', ')}. Give the path: ${usage}.`
      : `There is no entry ${resolve(folder, given)}. Correct the path: ${usage}.`,
  )
}

/** Loads the entry and returns its default export. */
export async function loadEntry(entry: string): Promise<ServedApp> {
  const { default: app } = await loadModule(entry)
  if (isServable(app)) return app
  throw new GravitoError(
    'entry-invalid',
    `${entry} has no default export with a fetch function. End it with: export default core.liftoff()`,
  )
}

/** Loads a module of the app. On Node, TypeScript runs through `tsx`. */
export async function loadModule(entry: string): Promise<{ default?: unknown }> {
  // Bun and Deno run TypeScript without tsx.
  if (isNode() && TYPESCRIPT.test(entry)) await registerTypeScript(entry)
  return importEntry(entry)
}

async function importEntry(entry: string): Promise<{ default?: unknown }> {
  try {
    return await import(pathToFileURL(entry).href)
  } catch (cause) {
    // The messages of the kernel's errors already say what to do.
    if (explainsItself(cause)) throw cause
    throw new GravitoError('entry-failed', `${entry} failed: ${messageOf(cause)}.`, { cause })
  }
}

/**
 * Registers tsx. Node's type stripping is not enough in any version, because it does not support enums or imports
 * without a file extension.
 */
async function registerTypeScript(entry: string): Promise<void> {
  const tsx = resolveFrom(entry, 'tsx')
  if (tsx === undefined) {
    throw new GravitoError(
      'tsx-missing',
      `${entry} is TypeScript and needs tsx to run on Node. Install it: npm i -D tsx`,
    )
  }
  registerFormatHook()
  // This has the same effect as `node --import tsx`: tsx registers itself for the whole process.
  await import(pathToFileURL(tsx).href)
}

/** Resolves the package from the app, so that a tsx installed next to this package is not used. */
function resolveFrom(file: string, name: string): string | undefined {
  try {
    return createRequire(file).resolve(name)
  } catch {
    return undefined
  }
}

function isServable(value: unknown): value is ServedApp {
  return (
    typeof value === 'object' &&
    value !== null &&
    'fetch' in value &&
    typeof value.fetch === 'function'
  )
}
