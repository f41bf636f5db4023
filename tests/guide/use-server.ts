import { afterAll, afterEach, beforeAll } from 'vitest'
import { type Launch, type Server, startServer } from './server.ts'

/** One server for the tests of a `describe`. Its output is shown if one of them fails. */
export function useServer(launch: () => (port: number) => Launch): () => Server {
  let server: Server | undefined
  let shown = 0

  beforeAll(async () => {
    server = await startServer(launch())
  }, 30_000)

  afterEach(({ task }) => {
    const output = server?.output() ?? ''
    if (task.result?.state === 'fail' && output.length > shown) {
      console.error(`the server wrote:\n${output.slice(shown)}`)
    }
    shown = output.length
  })

  afterAll(async () => {
    await server?.stop()
  })

  return () => {
    if (server === undefined) throw new Error('the server has not been started')
    return server
  }
}
