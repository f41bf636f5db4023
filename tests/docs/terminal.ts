import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../guide/processes.ts'
import { fromRoot } from './pages.ts'
import { asExpected, normal, stepsOf } from './transcript.ts'

/** A shell in an empty folder, in front of an app. */
export interface Transcript {
  /** As the page prints it, and as it came. */
  readonly expected: string
  readonly actual: string
}

/** The project whose app it is, for commands that begin with `npx`. */
export interface Project {
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
}

/**
 * Types what the ```console blocks say, in one shell; `url` is where the app is. A command that begins with `npx`
 * is run in the project.
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
    // Into a pipe curl would also print how far it is.
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
