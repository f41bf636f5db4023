import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Hono } from 'hono'
import { afterAll, beforeAll, vi } from 'vitest'
import { folderOf, layOut } from './layout.ts'
import { readPages } from './pages.ts'

/**
 * Writes the files of one page into a folder, for the tests of a file. Returns a function that returns the path
 * of the folder.
 */
export function useFilesOf(path: string): () => string {
  let folder: string
  let own: string

  beforeAll(async () => {
    const page = (await readPages()).find((one) => one.path === path)
    if (page === undefined) throw new Error(`there is no ${path}`)
    folder = await layOut([page], path.replace(/\W/g, '-'))
    own = join(folder, folderOf(page))
  })

  afterAll(() => rm(folder, { recursive: true, force: true }))

  return () => own
}

/**
 * Creates the app of a page again from fresh modules, because the recipes store in variables what a real app
 * stores in a database.
 */
export function useAppOf(path: string): () => Promise<Hono> {
  const folder = useFilesOf(path)
  return async () => {
    vi.resetModules()
    const { default: app }: { default: unknown } = await import(join(folder(), 'src/app.ts'))
    if (app instanceof Hono) return app
    throw new Error(`${path} has no app in src/app.ts`)
  }
}
