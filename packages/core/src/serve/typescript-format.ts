import module from 'node:module'

interface Resolved {
  url: string
  format?: string | null | undefined
}

type NextResolve = (specifier: string, context: unknown) => Resolved | Promise<Resolved>

/** A TypeScript file of the app; `.mts` and `.cts` say themselves what they are. */
const SOURCE = /^file:(?!.*\/node_modules\/).*\.tsx?(?:[?#]|$)/

/**
 * A resolve hook of Node's that makes every `.ts` file of the app an ES module. Without it, tsx
 * follows package.json, where no `"type"` (or the `"commonjs"` that `npm init` writes) means
 * CommonJS, and there the `await` at the top of a bootstrap file is a syntax error.
 */
export function resolve(specifier: string, context: unknown, nextResolve: NextResolve) {
  const resolved = nextResolve(specifier, context)
  return resolved instanceof Promise ? resolved.then(asModule) : asModule(resolved)
}

function asModule(resolved: Resolved): Resolved {
  return SOURCE.test(resolved.url) ? { ...resolved, format: 'module' } : resolved
}

/**
 * Registers the hook. It must come before tsx, so that tsx asks it: the other way round tsx would
 * take the file for CommonJS first, and give it a second URL, so that it is loaded twice.
 */
export function registerFormatHook(): void {
  // Node 26 warns of `register`. On older ones tsx may use it itself, and would be asked by a
  // synchronous hook instead of asking it.
  const registerHooks: unknown = Reflect.get(module, 'registerHooks')
  const recent = Number.parseInt(process.versions.node, 10) >= 26
  if (recent && typeof registerHooks === 'function') registerHooks({ resolve })
  else module.register(import.meta.url)
}
