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

/** The build that its documentation tells browsers to load. */
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
  /** Of the session, as far as JSON can say them. */
  readonly options?: SessionOptions
  /** Serves https, with HTTP/2, in the place of http. */
  readonly tls?: Certificate
  /** Files that a page can load as `/scripts/<name>`, besides those that are there anyway. */
  readonly scripts?: Readonly<Record<string, string>>
}

export interface App {
  /** Without a slash at the end. */
  readonly url: string
  /** How many sessions of signed-in people the store holds. */
  sessions(): Promise<number>
  /** Ends all sessions of somebody, as the app could do for a change of the password. */
  endSessionsOf(name: string): Promise<void>
  /** How often the handler of this path has run. */
  runs(path: string): Promise<number>
  /**
   * From now on holds what comes to the gate, such as `POST /sign-in` or `answer to GET /`, or before the session has
   * seen it: `arrival of POST /sign-in`.
   */
  closeGate(name: string): Promise<Gate>
  openGates(): Promise<void>
}

interface Gate {
  /** Settles once so many requests have come to it. */
  reachedBy(count: number): Promise<void>
  open(): Promise<void>
}

/** The app of `app.mjs`, a process of its own, for the tests of a `describe`. */
export function useApp(settings: () => Settings = () => ({})): () => App {
  const server = useServer(() => {
    const { scripts, ...rest } = settings()
    const given = JSON.stringify({ ...rest, scripts: { ...libraries, ...scripts } })
    return () => ({ command: process.execPath, args: [appFile, given], cwd: dirname(appFile) })
  })
  const app = () => appAt(urlOf(server(), settings()))
  // What a failed test has left behind must not hold up the next.
  afterEach(() => app().openGates())
  return app
}

export function appAt(url: string): App {
  /** Past every browser of the test; the certificate is nobody's business here. */
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

/** Another server, with nothing but an empty page: an attacker's, or that of a single-page app. */
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
