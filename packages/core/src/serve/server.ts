import { createServer, type ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { GravitoError, messageOf } from '../errors.ts'
import type { ServedApp } from './entry.ts'
import { within } from './time-limit.ts'

/** A server that is listening. */
export interface Listening {
  /** The actual port. It differs from the requested port only if that was 0. */
  readonly port: number
  /** Returns the number of requests in flight. */
  inFlight(): number
  /**
   * Stops accepting connections and waits until all requests are finished. After `seconds`, it aborts
   * the others. Returns the number of aborted requests.
   */
  close(seconds: number): Promise<number>
}

/** Listens on `port` on all addresses. Throws `port-in-use` or `listen-failed`. */
export async function listen(app: ServedApp, port: number): Promise<Listening> {
  const server = createServer()
  const open = new Set<ServerResponse>()
  let closing = false
  server.on('request', (_request, response) => {
    open.add(response)
    if (closing) response.setHeader('connection', 'close')
    response.once('close', () => {
      open.delete(response)
      // Its connection is idle from now on, and would stay open for another request.
      if (closing) setImmediate(() => server.closeIdleConnections())
    })
  })
  server.on(
    'request',
    getRequestListener((request, env) => app.fetch(request, env)),
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(refused(port, cause)))
    server.listen(port, resolve)
  })
  const address = server.address()

  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    inFlight: () => open.size,
    async close(seconds) {
      closing = true
      for (const response of open) {
        if (!response.headersSent) response.setHeader('connection', 'close')
      }
      const closed = new Promise((resolve) => server.close(resolve))
      if (await within(seconds, closed)) return 0
      const aborted = open.size
      server.closeAllConnections()
      return aborted
    },
  }
}

function refused(port: number, cause: NodeJS.ErrnoException): GravitoError {
  if (cause.code === 'EADDRINUSE') {
    return new GravitoError(
      'port-in-use',
      `Port ${port} is in use. Stop the process that uses it, or set the PORT variable to another port.`,
    )
  }
  return new GravitoError(
    'listen-failed',
    `Port ${port} could not be opened: ${messageOf(cause)}.`,
    { cause },
  )
}
