// Runs the suites over HTTP: `SESSION_OVER=http vitest run tests/hono`, on any runtime.
//
// The runtime's server, the sockets, TLS if the URL of a test says https, and everything between the Response
// of an app and its client are real. The app gets the URL of the test in the Host header, as from a browser.
// The name service is not real: this machine serves every host of a test. The certificate is self-signed. The
// client adds no headers except Host, Connection and the length of the body.
import { execFile } from 'node:child_process'
import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { isIP } from 'node:net'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import type { Hono } from 'hono'
import { afterAll } from 'vitest'
import { runtimeOf } from '../runtimes/name.ts'
import { type Certificate, type RunningServer, serve } from './server.ts'

type App = Pick<Hono, 'request'> | Pick<Hono, 'fetch'>

interface Scheme {
  readonly request: typeof plainRequest
  readonly agent: PlainAgent
  readonly servers: Map<App, Promise<RunningServer>>
  certificate?(): Promise<Certificate>
}

const plain: Scheme = {
  request: plainRequest,
  agent: new PlainAgent({ keepAlive: true }),
  servers: new Map(),
}
const tls: Scheme = {
  request: tlsRequest,
  agent: new TlsAgent({ keepAlive: true, rejectUnauthorized: false }),
  servers: new Map(),
  certificate: () => {
    made ??= makeCertificate()
    return made
  },
}
let made: Promise<Certificate> | undefined

// Vitest runs the tests in its own child processes. They must use the requested runtime.
const runtime = runtimeOf(process.versions)
const meant = process.env.SESSION_RUNTIME ?? runtime
if (meant !== runtime) throw new Error(`The tests run on ${runtime}, not on ${meant}.`)

// Everything that a test file has started is closed with it.
afterAll(async () => {
  for (const { agent, servers } of [plain, tls]) {
    agent.destroy()
    await Promise.all([...servers.values()].map(async (server) => (await server).close()))
    servers.clear()
  }
})

/**
 * Sends the request to a server with only this app, and returns its response.
 *
 * @param inPieces sends the body in chunks, without its length
 */
export async function send(app: App, request: Request, inPieces: boolean): Promise<Response> {
  const url = new URL(request.url)
  const scheme = url.protocol === 'https:' ? tls : plain
  const { port } = await serverOf(app, scheme)
  const body = inPieces ? undefined : Buffer.from(await request.arrayBuffer())
  const length = body && body.length > 0 ? { 'content-length': body.length } : {}
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve, reject) => {
    const outgoing = scheme.request(
      {
        host: '127.0.0.1',
        port,
        method: request.method,
        path: `${url.pathname}${url.search}`,
        headers: { Host: url.host, ...Object.fromEntries(request.headers), ...length },
        agent: scheme.agent,
        ...(isIP(hostname) === 0 && { servername: hostname }),
      },
      (incoming) => resolve(responseOf(incoming, request.method)),
    )
    // If the response is already there, an error means that the server stopped reading the body.
    outgoing.on('error', reject)
    if (inPieces && request.body) Readable.from(request.body).pipe(outgoing)
    else outgoing.end(body)
  })
}

function serverOf(app: App, { servers, certificate }: Scheme): Promise<RunningServer> {
  const running = servers.get(app)
  if (running) return running
  const answering = 'fetch' in app ? app : { fetch: (request: Request) => app.request(request) }
  const started = Promise.resolve(certificate?.()).then((pair) => serve(answering, pair))
  servers.set(app, started)
  return started
}

/**
 * The body is read as it arrives, even if the test does not read it, so that the connection becomes
 * free again.
 */
function responseOf(incoming: IncomingMessage, method: string): Response {
  const headers = new Headers()
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    headers.append(incoming.rawHeaders[at] ?? '', incoming.rawHeaders[at + 1] ?? '')
  }
  const { statusCode: status = 0 } = incoming
  const body = new ReadableStream({
    start(controller) {
      incoming.on('data', (chunk: Buffer) => controller.enqueue(new Uint8Array(chunk)))
      incoming.on('end', () => controller.close())
      incoming.on('error', (error) => controller.error(error))
    },
    cancel: () => void incoming.destroy(),
  })
  const isEmpty = method === 'HEAD' || [204, 205, 304].includes(status)
  return new Response(isEmpty ? null : body, { status, headers })
}

async function makeCertificate(): Promise<Certificate> {
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const out = ['-subj', '/CN=tests', '-keyout', '-', '-out', '-']
  const { stdout } = await promisify(execFile)('openssl', ['req', '-x509', ...kind, ...out])
  const [key = '', cert = ''] = stdout.match(/-----BEGIN [\s\S]*?-----END [^\n]*\n/g) ?? []
  return { key, cert }
}
