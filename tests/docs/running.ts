import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { run } from '../guide/processes.ts'
import { startServer } from '../guide/server.ts'
import type { Run } from './blocks.ts'
import { fromRoot } from './pages.ts'
import { type Transcript, type } from './terminal.ts'
import { asExpected, normal } from './transcript.ts'

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const binary = (name: string) => fromRoot(`node_modules/.bin/${name}`)

/** Runs a marked block in the folder of its page, and returns the expected and the actual output. */
export async function runBlock(
  how: Run,
  folder: string,
  environment: Record<string, string>,
): Promise<Transcript> {
  const { entry } = how
  const variables = { ...how.environment, ...environment }
  if (how.kind === 'app') return serveBlock(how, folder, variables)
  const [command, ...args] =
    how.kind === 'vitest'
      ? [binary('vitest'), 'run', '--root', folder, entry]
      : // What the command `tsx` does, with one process less.
        [process.execPath, '--import', tsx, entry]
  const { code, stdout, output } = await run(command, args, folder, variables)
  const isEmpty = how.kind === 'node:test' && !/^\W*pass [1-9]/m.test(stdout)
  if (isEmpty) throw new Error(`${entry} ran no test:\n${output}`)
  if (code !== 0) throw new Error(`${entry} ended with ${code}:\n${output}`)
  if (how.output === undefined) return { expected: '', actual: '' }
  return { expected: normal(how.output), actual: asExpected(stdout, how.output) }
}

async function serveBlock(
  { consoles, entry }: Run,
  cwd: string,
  variables: Record<string, string>,
): Promise<Transcript> {
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  const args = [...assignments, binary('gravito'), 'serve', entry]
  const server = await startServer(() => ({ command: 'env', args, cwd }))
  try {
    return await type(consoles, server.url, { folder: cwd, environment: variables })
  } catch (error) {
    throw new Error(`${entry} was served. Its output:\n${server.output()}`, { cause: error })
  } finally {
    await server.stop()
  }
}
