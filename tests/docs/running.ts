import { run } from '../guide/processes.ts'
import { startServer } from '../guide/server.ts'
import type { Block, Run } from './blocks.ts'
import { fromRoot } from './pages.ts'
import { type Transcript, type } from './terminal.ts'
import { asExpected, normal } from './transcript.ts'

const binary = (name: string) => fromRoot(`node_modules/.bin/${name}`)

/** Runs a marked block, in the folder of its page, and says what was printed and what should be. */
export async function runBlock(
  { file, run: how }: Block & { readonly run: Run },
  folder: string,
  environment: Record<string, string>,
): Promise<Transcript> {
  const variables = { ...how.environment, ...environment }
  if (how.kind === 'app') return serveBlock(how, file, folder, variables)
  const [command, ...args] =
    how.kind === 'test' ? [binary('vitest'), 'run', '--root', folder, file] : [binary('tsx'), file]
  const { code, stdout, output } = await run(command, args, folder, variables)
  if (code !== 0) throw new Error(`${file} ended with ${code}:\n${output}`)
  if (how.output === undefined) return { expected: '', actual: '' }
  return { expected: normal(how.output), actual: asExpected(stdout, how.output) }
}

async function serveBlock(
  { consoles }: Run,
  file: string,
  cwd: string,
  variables: Record<string, string>,
): Promise<Transcript> {
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  const args = [...assignments, binary('gravito'), 'serve', file]
  const server = await startServer(() => ({ command: 'env', args, cwd }))
  try {
    return await type(consoles, server.url)
  } catch (error) {
    throw new Error(`${file} was served, and wrote:\n${server.output()}`, { cause: error })
  } finally {
    await server.stop()
  }
}
