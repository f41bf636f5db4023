import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Miniflare, type Request, Response, type WorkerOptions } from 'miniflare'
import { bundled } from './bundle.ts'

/** Handles the questions of a Worker. The test decides when it responds, see `Gates`. */
export type Ask = (request: Request) => Promise<Response>

/** The oldest compatibility date that the docs name. */
export const oldestDate = '2024-09-23'

export interface WorkerdOptions {
  /** A file of the folder `scripts`. */
  readonly script: string
  /** The Workers that run the script, each in a separate isolate, with their variables. */
  readonly workers: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly ask?: Ask | undefined
  /** The compatibility date. Default: a recent one. */
  readonly date?: string
  readonly flags?: readonly string[]
  /** Whether Durable Objects use SQLite storage, as in the docs. Default `true`. */
  readonly hasSqlite?: boolean
}

export interface Workerd {
  /** The address of a Worker. */
  url(worker: string): string
  /** The output of workerd. */
  output(): string
  stop(): Promise<void>
}

const folder = fileURLToPath(new URL('scripts/', import.meta.url))

/**
 * Starts workerd. The Workers share a D1 database and the Durable Objects, which run in a separate isolate.
 */
export async function startWorkerd(options: WorkerdOptions): Promise<Workerd> {
  const { script, workers, ask, flags = ['nodejs_compat'], hasSqlite = true } = options
  const [app, objects] = await Promise.all([script, 'objects'].map(moduleOf))
  const compatibilityDate = options.date ?? '2026-02-24'
  const object = { className: 'WatchedObject', useSQLite: hasSqlite }
  let output = ''
  const note = (text: unknown) => {
    output += String(text)
  }
  const miniflare = new Miniflare({
    handleRuntimeStdio(stdout: Readable, stderr: Readable) {
      stdout.on('data', note)
      stderr.on('data', note)
    },
    workers: [
      ...Object.entries(workers).map(
        ([name, bindings]): WorkerOptions => ({
          name,
          compatibilityDate,
          compatibilityFlags: [...flags],
          modules: app ? [app] : [],
          bindings,
          d1Databases: { DB: 'sessions' },
          kvNamespaces: { KV: 'sessions' },
          durableObjects: { SESSIONS: { ...object, scriptName: 'objects' } },
          serviceBindings: { GATE: ask ?? unasked },
          unsafeDirectSockets: [{ port: 0 }],
        }),
      ),
      {
        name: 'objects',
        compatibilityDate,
        compatibilityFlags: ['nodejs_compat'],
        modules: objects ? [objects] : [],
        durableObjects: { SESSIONS: object },
      },
    ],
  })
  const stop = () => miniflare.dispose()
  try {
    await miniflare.ready
    const urls = new Map<string, string>()
    for (const name of Object.keys(workers)) {
      urls.set(name, (await miniflare.unsafeGetDirectURL(name)).origin)
    }
    return {
      url: (worker) => urls.get(worker) ?? `http://no-worker-${worker}.invalid`,
      output: () => output,
      stop,
    }
  } catch (error) {
    await stop().catch(() => {})
    throw new Error(`workerd did not start:\n${output}`, { cause: error })
  }
}

const unasked: Ask = async () => new Response(null, { status: 501 })

async function moduleOf(name: string) {
  const contents = await bundled(`${folder}${name}.ts`)
  return { type: 'ESModule' as const, path: `${name}.js`, contents }
}
