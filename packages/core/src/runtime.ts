import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { GravitoError } from './errors.ts'

// These symbols are registered, because the command and the app may have loaded two copies of this package.

/** The property of the `liftoff()` result that shuts down its core. */
export const SHUTDOWN: unique symbol = Symbol.for('gravito.shutdown')

/** The property of `globalThis` in which `gravito serve` stores the path of the entry module. */
const SERVED_ENTRY = Symbol.for('gravito.served-entry')

/** Returns an environment variable. `undefined` if it is empty, or if the platform has no environment variables. */
export function environment(name: string): string | undefined {
  return globalThis.process?.env?.[name] || undefined
}

/** Returns whether `NODE_ENV` is `development`. Only then do responses show stacks. Without `NODE_ENV`, they do not. */
export function isDevelopment(): boolean {
  return environment('NODE_ENV') === 'development'
}

/** Returns true only on Node. Bun and Deno also have a `process`, but in addition they have `Bun` and `Deno`. */
export function isNode(): boolean {
  return !('Bun' in globalThis) && !('Deno' in globalThis) && globalThis.process !== undefined
}

/** Tells the app that `gravito serve` runs it. Call it before you load the app. */
export function markServed(entry: string): void {
  Reflect.set(globalThis, SERVED_ENTRY, entry)
}

/** Returns true if `gravito serve` runs the app. */
export function isServed(): boolean {
  return SERVED_ENTRY in globalThis
}

/**
 * Returns the path of the module that the user started. `undefined` if there is none, or if it is inside
 * node_modules. In that case it is a tool such as a test runner or a REPL, not the app.
 */
export function entryModule(): string | undefined {
  const entry: unknown =
    Reflect.get(globalThis, SERVED_ENTRY) ??
    property('Bun', 'main') ??
    property('Deno', 'mainModule') ??
    globalThis.process?.argv?.[1]
  if (typeof entry !== 'string' || entry === '') return undefined
  // Deno can start a module from a URL. A single letter and a colon is a Windows drive.
  if (/^(?!file:)[a-z]{2,}:/i.test(entry)) return undefined
  const path = toPath(entry, process.cwd())
  return /[\\/]node_modules[\\/]/.test(path) ? undefined : path
}

/**
 * Returns the folder that contains the routes: the option, the folder of the nearest package.json above
 * the entry module, or the working directory.
 */
export function findRoot(option?: string | URL): string {
  if (option !== undefined) return toPath(option, process.cwd())
  const entry = entryModule()
  return (entry && packageFolder(dirname(entry))) ?? process.cwd()
}

/** Returns the absolute path of a path or a `file:` URL. The URL can be an object or a string. */
export function toPath(location: string | URL, base: string): string {
  const text = String(location)
  if (text.startsWith('file:')) return fileURLToPath(text)
  if (typeof location === 'string') return resolve(base, location)
  throw new GravitoError('root-invalid', `${text} is not a file: URL. Use a path or a file: URL.`)
}

function packageFolder(folder: string): string | undefined {
  if (existsSync(join(folder, 'package.json'))) return folder
  const parent = dirname(folder)
  return parent === folder ? undefined : packageFolder(parent)
}

function property(holder: string, name: string): unknown {
  const value: unknown = Reflect.get(globalThis, holder)
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
