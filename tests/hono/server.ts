import { once } from 'node:events'
import type { Server } from 'node:http'
import type { Http2SecureServer, Http2Server } from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'

/** A key and a certificate, both in PEM format. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** Methods that the servers of all runtimes have. */
interface Listener {
  readonly port: number
  close(): Promise<unknown>
}

/** An app behind a real HTTP server on a free port. */
export interface RunningServer {
  readonly port: number
  readonly origin: string
  /** Sends a request that closes its connection, and returns the whole response. */
  raw(text: string): Promise<string>
  close(): Promise<unknown>
}

// Only the parts of the runtimes that this file uses. Each of them exists on one runtime only.
declare const Bun: {
  serve(options: object): { readonly port: number; stop(now: boolean): Promise<void> }
}
declare const Deno: {
  serve(
    options: object,
    handler: Hono['fetch'],
  ): { readonly addr: { readonly port: number }; readonly finished: Promise<void> }
}

/** The server of the current runtime. On Node, this is Hono's Node server. */
export async function serve(
  { fetch }: Pick<Hono, 'fetch'>,
  tls?: Certificate,
): Promise<RunningServer> {
  const { port, close } = await listen(fetch, tls)
  return {
    port,
    origin: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    async raw(text) {
      const socket = connect(port, '127.0.0.1')
      const chunks: Buffer[] = []
      socket.on('data', (chunk) => chunks.push(chunk))
      socket.write(text, 'latin1')
      await once(socket, 'close')
      return Buffer.concat(chunks).toString('latin1')
    },
    close,
  }
}

function listen(fetch: Hono['fetch'], tls?: Certificate): Promise<Listener> | Listener {
  if ('Bun' in globalThis) return onBun(fetch, tls)
  if ('Deno' in globalThis) return onDeno(fetch, tls)
  return onNode(fetch, tls)
}

const place = { port: 0, hostname: '127.0.0.1' }

function onBun(fetch: Hono['fetch'], tls?: Certificate): Listener {
  const server = Bun.serve({ ...place, fetch, ...(tls && { tls }) })
  return { port: server.port, close: () => server.stop(true) }
}

function onDeno(fetch: Hono['fetch'], tls?: Certificate): Listener {
  const end = new AbortController()
  const server = Deno.serve({ ...place, ...tls, signal: end.signal, onListen() {} }, fetch)
  return {
    port: server.addr.port,
    close() {
      end.abort()
      return server.finished
    },
  }
}

async function onNode(fetch: Hono['fetch'], tls?: Certificate): Promise<Listener> {
  const server: Server | Http2Server | Http2SecureServer = createAdaptorServer(
    tls ? { fetch, createServer: createTlsServer, serverOptions: tls } : { fetch },
  )
  server.listen(place.port, place.hostname)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    async close() {
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
