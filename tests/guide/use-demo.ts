import { fileURLToPath } from 'node:url'
import { Reader } from './demo-reader.ts'
import type { Launch, Server } from './server.ts'
import { useServer } from './use-server.ts'

export const demo = fileURLToPath(new URL('../../examples/session-demo/', import.meta.url))
export const gravito = fileURLToPath(new URL('../../node_modules/.bin/gravito', import.meta.url))

interface Demo {
  server(): Server
  newReader(): Reader
  signedIn(name?: string): Promise<Reader>
}

/** Serves the demo for the tests of a file, as `npm start` does. */
export function useDemo(): Demo {
  const server = useServer(() => served)
  const newReader = () => new Reader(server().url)
  return {
    server,
    newReader,
    async signedIn(name = 'Ada') {
      const reader = newReader()
      await reader.signIn(name)
      return reader
    },
  }
}

function served(): Launch {
  return { command: gravito, args: ['serve', 'src/bootstrap.ts'], cwd: demo }
}
