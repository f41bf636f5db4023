import module from 'node:module'

interface Resolved {
  url: string
  format?: string | null | undefined
}

type NextResolve = (specifier: string, context: unknown) => Resolved | Promise<Resolved>

/** Matches a TypeScript file of the app. For `.mts` and `.cts`, the extension already decides the format. */
const SOURCE = /^file:(?!.*\/node_modules\/).*\.tsx?(?:[?#]|$)/

/**
 * A resolve hook that makes every `.ts` file of the app an ES module. Without it, tsx uses the `"type"` in
 * package.json. If it is missing, or is `"commonjs"` because of `npm init`, the file is CommonJS, where a
 * top-level `await` is a syntax error.
 */
export function resolve(specifier: string, context: unknown, nextResolve: NextResolve) {
  const resolved = nextResolve(specifier, context)
  return resolved instanceof Promise ? resolved.then(asModule) : asModule(resolved)
}

function asModule(resolved: Resolved): Resolved {
  return SOURCE.test(resolved.url) ? { ...resolved, format: 'module' } : resolved
}

/**
 * Registers the hook. Call it before tsx is registered, so that tsx calls this hook. In the opposite order,
 * tsx treats the file as CommonJS and gives it a second URL, so that it is loaded twice.
 */
export function registerFormatHook(): void {
  // Node 26 warns about `register`. On older versions, tsx may use `register` itself. Then a synchronous
  // hook would call tsx, but tsx must call this hook.
  const registerHooks: unknown = Reflect.get(module, 'registerHooks')
  const recent = Number.parseInt(process.versions.node, 10) >= 26
  if (recent && typeof registerHooks === 'function') registerHooks({ resolve })
  else module.register(import.meta.url)
}
