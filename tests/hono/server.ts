import { once } from 'node:events'
import type { Server } from 'node:http'
import type { Http2SecureServer, Http2Server } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'

/** An app behind a real HTTP server of Node on a free port. */
export interface RunningServer {
  readonly origin: string
  /** Sends a request, which asks for the end of its connection, and returns all that comes back. */
  raw(text: string): Promise<string>
  close(): Promise<void>
}

export async function serve(app: Hono): Promise<RunningServer> {
  const server: Server | Http2Server | Http2SecureServer = createAdaptorServer({ fetch: app.fetch })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    async raw(text) {
      const socket = connect(port, '127.0.0.1')
      const chunks: Buffer[] = []
      socket.on('data', (chunk) => chunks.push(chunk))
      socket.write(text, 'latin1')
      await once(socket, 'close')
      return Buffer.concat(chunks).toString('latin1')
    },
    async close() {
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
