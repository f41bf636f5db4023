import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { GravitoError } from './errors.ts'

// Registered symbols, because the bin and the app may have loaded two copies of this package.

/** Where the object of `liftoff()` keeps how to shut its core down. */
export const SHUTDOWN: unique symbol = Symbol.for('gravito.shutdown')

/** Where, on `globalThis`, `gravito serve` leaves the path of the entry module. */
const SERVED_ENTRY = Symbol.for('gravito.served-entry')

/** Reads an environment variable; `undefined` where it is empty or where there is no environment. */
export function environment(name: string): string | undefined {
  return globalThis.process?.env?.[name] || undefined
}

/** Stacks are shown in development only; no `NODE_ENV` at all counts as production. */
export function isDevelopment(): boolean {
  return environment('NODE_ENV') === 'development'
}

/** True on Node itself: Bun and Deno have a `process` too, and bring their own globals. */
export function isNode(): boolean {
  return !('Bun' in globalThis) && !('Deno' in globalThis) && globalThis.process !== undefined
}

/** Tells the app, before it is loaded, that `gravito serve` runs it. */
export function markServed(entry: string): void {
  Reflect.set(globalThis, SERVED_ENTRY, entry)
}

/** True under `gravito serve`. */
export function isServed(): boolean {
  return SERVED_ENTRY in globalThis
}

/**
 * The path of the module that the user started, or `undefined` where there is none or where it
 * lies inside node_modules: then it is a tool (a test runner, a REPL), not the app.
 */
export function entryModule(): string | undefined {
  const entry: unknown =
    Reflect.get(globalThis, SERVED_ENTRY) ??
    property('Bun', 'main') ??
    property('Deno', 'mainModule') ??
    globalThis.process?.argv?.[1]
  if (typeof entry !== 'string' || entry === '') return undefined
  // Deno may have been started with a module of the network; a letter and a colon is a drive.
  if (/^(?!file:)[a-z]{2,}:/i.test(entry)) return undefined
  const path = toPath(entry, process.cwd())
  return /[\\/]node_modules[\\/]/.test(path) ? undefined : path
}

/**
 * The folder in which routes are looked for: the option, else the folder of the nearest
 * package.json above the entry module, else the working directory.
 */
export function findRoot(option?: string | URL): string {
  if (option !== undefined) return toPath(option, process.cwd())
  const entry = entryModule()
  return (entry && packageFolder(dirname(entry))) ?? process.cwd()
}

/** A path, or a `file:` URL as URL or string, as an absolute path. */
export function toPath(location: string | URL, base: string): string {
  const text = String(location)
  if (text.startsWith('file:')) return fileURLToPath(text)
  if (typeof location === 'string') return resolve(base, location)
  throw new GravitoError('root-invalid', `${text} is no file: URL. Give a path or a file: URL.`)
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
