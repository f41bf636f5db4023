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
const packageOfAxios = createRequire(import.meta.url).resolve('axios/package.json')

/** The build that its documentation tells browsers to load. */
export const axiosFile = join(dirname(packageOfAxios), 'dist', 'axios.min.js')

export interface Settings {
  /** Of the session, as far as JSON can say them. */
  readonly options?: SessionOptions
  /** Serves https, with HTTP/2, in the place of http. */
  readonly tls?: Certificate
}

export interface App {
  /** Without a slash at the end. */
  readonly url: string
  /** How many sessions of signed-in people the store holds. */
  sessions(): Promise<number>
  /** From now on holds what comes to the gate, such as `POST /sign-in` or `answer to GET /`. */
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
    const given = JSON.stringify({ ...settings(), axios: axiosFile })
    return () => ({ command: process.execPath, args: [appFile, given], cwd: dirname(appFile) })
  })
  const app = () => appAt(urlOf(server(), settings()))
  // What a failed test has left behind must not hold up the next.
  afterEach(() => app().openGates())
  return app
}

function appAt(url: string): App {
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
