import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SessionOptions } from '@gravito/orbit'
import { request } from 'playwright-core'
import { afterEach } from 'vitest'
import type { Server } from '../guide/server.ts'
import { useServer } from '../guide/use-server.ts'
import type { Certificate } from './certificate.ts'

const appFile = fileURLToPath(new URL('./app.mjs', import.meta.url))
const elsewhereFile = fileURLToPath(new URL('./elsewhere.mjs', import.meta.url))
const packageOf = (name: string) =>
  dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))

/** The build that its documentation tells you to load in browsers. */
export const axiosFile = join(packageOf('axios'), 'dist', 'axios.min.js')

/** The build that pages load from a CDN. */
export const htmxFile = join(packageOf('htmx.org'), 'dist', 'htmx.min.js')

/** What a page can load as `/scripts/<name>`. */
const libraries = {
  axios: axiosFile,
  htmx: htmxFile,
  'csrf-fetch': fileURLToPath(new URL('../../packages/orbit/dist/client.js', import.meta.url)),
}

export interface Settings {
  /** Session options, as far as JSON can represent them. */
  readonly options?: SessionOptions
  /** Serves https with HTTP/2 instead of http. */
  readonly tls?: Certificate
  /** Additional files that a page can load as `/scripts/<name>`. */
  readonly scripts?: Readonly<Record<string, string>>
}

export interface App {
  /** Without a slash at the end. */
  readonly url: string
  /** How many sessions of signed-in users the store has. */
  sessions(): Promise<number>
  /** Ends all sessions of a user, as the app could do after a password change. */
  endSessionsOf(name: string): Promise<void>
  /** How often the handler of this path has run. */
  runs(path: string): Promise<number>
  /**
   * Holds all later requests at this gate: `POST /sign-in` in the handler, `answer to GET /` before the
   * response, `arrival of POST /sign-in` before the session is read.
   */
  closeGate(name: string): Promise<Gate>
  openGates(): Promise<void>
}

interface Gate {
  /** Resolves when this many requests have reached it. */
  reachedBy(count: number): Promise<void>
  open(): Promise<void>
}

/** The app of `app.mjs` in a separate process, for the tests of a `describe`. */
export function useApp(settings: () => Settings = () => ({})): () => App {
  const server = useServer(() => {
    const { scripts, ...rest } = settings()
    const given = JSON.stringify({ ...rest, scripts: { ...libraries, ...scripts } })
    return () => ({ command: process.execPath, args: [appFile, given], cwd: dirname(appFile) })
  })
  const app = () => appAt(urlOf(server(), settings()))
  // Requests that a failed test has left behind must not block the next test.
  afterEach(() => app().openGates())
  return app
}

export function appAt(url: string): App {
  /** Sends requests without a browser. It does not check the certificate. */
  async function ask(method: string, path: string): Promise<unknown> {
    const client = await request.newContext({ ignoreHTTPSErrors: true })
    try {
      const response = await client.fetch(url + path, { method })
      if (!response.ok()) throw new Error(`${method} ${path}: ${response.status()}`)
      return response.status() === 204 ? undefined : await response.json()
    } finally {
      await client.dispose()
    }
  }

  return {
    url,
    openGates: async () => void (await ask('DELETE', '/gates')),
    sessions: async () => Object(await ask('GET', '/sessions')).count,
    endSessionsOf: async (name) => void (await ask('DELETE', `/sessions/${name}`)),
    runs: async (path) => Object(await ask('GET', `/runs${path}`)).count,
    async closeGate(name) {
      const gate = `/gates/${encodeURIComponent(name)}`
      await ask('PUT', gate)
      return {
        reachedBy: async (count) => void (await ask('GET', `${gate}/${count}`)),
        open: async () => void (await ask('DELETE', gate)),
      }
    },
  }
}

/** Another server with an empty page only: an attacker's, or that of a single-page app. */
export function useElsewhere(settings: () => Pick<Settings, 'tls'> = () => ({})): () => {
  url: string
} {
  const server = useServer(() => {
    const given = JSON.stringify(settings())
    return () => ({
      command: process.execPath,
      args: [elsewhereFile, given],
      cwd: dirname(elsewhereFile),
    })
  })
  return () => ({ url: urlOf(server(), settings()) })
}

function urlOf({ url }: Server, { tls }: Settings): string {
  return tls ? url.replace('http:', 'https:') : url
}
