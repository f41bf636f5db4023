import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { GravitoError, messageOf } from './errors.ts'
import type { Logger } from './logger.ts'
import type { Router, RoutesFunction } from './router.ts'
import { findRoot, toPath } from './runtime.ts'

const PLACES = ['src/routes/index', 'routes/index']
const EXTENSIONS = ['ts', 'mts', 'js', 'mjs']

/** The options that say where the routes come from. */
interface RoutesSource {
  routes?: RoutesFunction | string | URL | undefined
  root?: string | URL | undefined
}

/** Registers the app's routes, from the given function or from the routes file. */
export async function registerRoutes(
  router: Router,
  { routes, root }: RoutesSource,
  logger: Logger,
): Promise<void> {
  // A function needs no file system, so bundles also run on platforms without one.
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

/** Returns the routes file of a folder. It checks which file exists, because an import error may come from inside the file. */
function findRoutesFile(folder: string): string | undefined {
  return PLACES.flatMap((place) => EXTENSIONS.map((end) => join(folder, `${place}.${end}`))).find(
    (file) => existsSync(file),
  )
}

function named(file: string): string {
  if (existsSync(file)) return file
  throw new GravitoError(
    'routes-missing',
    `There is no routes file ${file}. Correct the path in \`routes\`, or remove \`routes\` to use the default paths.`,
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
    // A bundler cannot resolve this import, so these comments tell it to leave the import as it is.
    return await import(/* @vite-ignore */ /* webpackIgnore: true */ pathToFileURL(file).href)
  } catch (cause) {
    throw failed(file, cause)
  }
}

function failed(file: string, cause: unknown): GravitoError {
  return new GravitoError(
    'routes-failed',
    `The routes file ${file} failed: ${messageOf(cause)}. Fix the file, or choose another one with \`routes\` or \`root\`.`,
    { cause },
  )
}

function isRoutesFunction(value: unknown): value is RoutesFunction {
  return typeof value === 'function'
}
