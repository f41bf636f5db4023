import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Loads a module from the build of this checkout, or from the folder in ORBIT_BUILD. */
export function fromBuild(path) {
  const root = process.env.ORBIT_BUILD
  const own = new URL(`../../packages/orbit/dist/${path}`, import.meta.url)
  return import(root ? pathToFileURL(join(root, 'packages/orbit/dist', path)).href : own.href)
}
