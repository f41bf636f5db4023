import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../guide/processes.ts'
import { fromRoot } from './pages.ts'
import { asExpected, normal, stepsOf } from './transcript.ts'

/** The expected and the actual output of a shell in an empty folder. */
export interface Transcript {
  /** The output as printed on the page. */
  readonly expected: string
  readonly actual: string
}

/** The project that serves the app. Commands that start with `npx` run there. */
export interface Project {
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
}

/**
 * Types the commands of the ```console blocks in one shell. `url` is the address of the app. A command that
 * starts with `npx` runs in the project.
 */
export async function type(
  consoles: readonly string[],
  url: string,
  { folder: project, environment }: Project,
): Promise<Transcript> {
  const steps = consoles.flatMap(stepsOf)
  const here = (text: string) => text.replaceAll('localhost:3000', new URL(url).host)
  const there = (text: string) => text.replaceAll(new URL(url).host, 'localhost:3000')
  const folder = await mkdtemp(join(tmpdir(), 'gravito-docs-'))
  try {
    // Without `silent`, curl also prints its progress if its output is a pipe.
    await writeFile(join(folder, '.curlrc'), 'silent\nshow-error\nmax-time = 20\n')
    const script = steps.map(({ command }) => `${here(command)}\nprintf '\\000'`)
    const npx = `npx() { (cd '${project}' && '${fromRoot('node_modules/.bin/')}'"$@"); }`
    const lines = ['exec 2>&1', npx, ...script].join('\n')
    const { output } = await run('sh', ['-c', lines], folder, { ...environment, CURL_HOME: folder })
    const printed = output.split('\0')
    return {
      expected: steps.map(({ typed, output }) => shown(typed, normal(output))).join('\n'),
      actual: steps
        .map(({ typed, output }, index) =>
          shown(typed, asExpected(there(printed[index] ?? ''), output)),
        )
        .join('\n'),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function shown(typed: string, output: string): string {
  return output === '' ? typed : `${typed}\n${output}`
}
