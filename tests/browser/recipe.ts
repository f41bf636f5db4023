import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { afterEach, beforeAll } from 'vitest'
import { useFilesOf } from '../docs/recipe-app.ts'
import { useServer } from '../guide/use-server.ts'
import { type App, appAt } from './app.ts'

const gated = fileURLToPath(new URL('./gated.mjs', import.meta.url))
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

interface Files {
  /** The code block that is the app. */
  readonly app: string
  /** The code block with the script of its pages, and the file that the app serves. */
  readonly script: string
  readonly bundle: string
}

/** The app of a recipe, as on its page. `ORIGIN` tells it where it is served. */
export function useRecipe(
  path: string,
  files: Files,
): () => Pick<App, 'url' | 'closeGate' | 'openGates'> {
  const folder = useFilesOf(path)

  beforeAll(async () => {
    const input = join(folder(), files.script)
    const build = await rolldown({ input, platform: 'browser', logLevel: 'silent' })
    await build.write({ file: join(folder(), files.bundle), format: 'esm' })
    await build.close()
  }, 60_000)

  const server = useServer(() => (port) => {
    const node = [process.execPath, '--import', tsx, gated, join(folder(), files.app)]
    const args = [`ORIGIN=http://localhost:${port}`, ...node]
    return { command: 'env', args, cwd: folder() }
  })
  const app = () => appAt(server().url)

  // Requests that a failed test has left behind must not block the next test.
  afterEach(() => app().openGates())

  return app
}
