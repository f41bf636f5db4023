import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { GravitoError, messageOf } from './errors.ts'
import type { Logger } from './logger.ts'
import type { Router, RoutesFunction } from './router.ts'
import { findRoot, toPath } from './runtime.ts'

const PLACES = ['src/routes/index', 'routes/index']
const EXTENSIONS = ['ts', 'mts', 'js', 'mjs']

/** Where the routes come from, as `BootOptions` say it. */
interface RoutesSource {
  routes?: RoutesFunction | string | URL | undefined
  root?: string | URL | undefined
}

/** Registers the app's routes: the function that was given, else those of the file that is found. */
export async function registerRoutes(
  router: Router,
  { routes, root }: RoutesSource,
  logger: Logger,
): Promise<void> {
  // A function needs no file system, so a bundle runs where there is none.
  if (typeof routes === 'function') {
    await routes(router)
    return
  }
  const folder = findRoot(root)
  const file = routes === undefined ? findRoutesFile(folder) : named(toPath(routes, folder))
  if (file === undefined) {
    logger.info(
      `No routes file: looked for ${PLACES.map((place) => `${place}.{${EXTENSIONS}}`).join(' and ')} in ${folder}`,
    )
    return
  }
  const register = await load(file)
  try {
    await register(router)
  } catch (cause) {
    throw failed(file, cause)
  }
}

/** The routes file of a folder. Found by looking: an import error may come from inside the file. */
function findRoutesFile(folder: string): string | undefined {
  return PLACES.flatMap((place) => EXTENSIONS.map((end) => join(folder, `${place}.${end}`))).find(
    (file) => existsSync(file),
  )
}

function named(file: string): string {
  if (existsSync(file)) return file
  throw new GravitoError(
    'routes-missing',
    `There is no routes file ${file}. Correct \`routes\`, or take it out to have the file found.`,
  )
}

async function load(file: string): Promise<RoutesFunction> {
  const module: { default?: unknown } = await importFile(file)
  if (isRoutesFunction(module.default)) return module.default
  throw new GravitoError(
    'routes-invalid',
    `The routes file ${file} has no function as its default export. Write \`export default function (routes: Router) { … }\`.`,
  )
}

async function importFile(file: string): Promise<{ default?: unknown }> {
  try {
    // Bundlers cannot know the file, and must leave this import alone.
    return await import(/* @vite-ignore */ /* webpackIgnore: true */ pathToFileURL(file).href)
  } catch (cause) {
    throw failed(file, cause)
  }
}

function failed(file: string, cause: unknown): GravitoError {
  return new GravitoError(
    'routes-failed',
    `The routes file ${file} failed: ${messageOf(cause)}. Correct it, or name another by \`routes\` or \`root\`.`,
    { cause },
  )
}

function isRoutesFunction(value: unknown): value is RoutesFunction {
  return typeof value === 'function'
}
