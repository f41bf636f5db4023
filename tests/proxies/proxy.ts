import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { freePort } from '../servers/redis.ts'

export const host = 'shop.example'

/** A real proxy in front of an app, with the configuration from the docs. */
export interface RunningProxy {
  /** A request like that of a browser that resolves `shop.example` to this proxy. */
  fetch(request: Request): Promise<Response>
  /** The same over plain http. */
  fetchPlain(path: string): Promise<Response>
  /** The status line of the response to a WebSocket request, over https. */
  upgrade(path: string): Promise<IncomingMessage>
  stop(): Promise<void>
}

interface Ports {
  readonly http: number
  readonly https: number
  readonly app: number
}

/** The differences from the machine in the docs: the ports and the path of the certificate. */
interface Files {
  readonly folder: string
  readonly certificate: string
  readonly key: string
}

export async function startNginx(app: number): Promise<RunningProxy> {
  return startNginxWith(app, (printed) => printed)
}

/** Nginx with the line that the page adds to both locations for `devices.trustProxy`. */
export async function startNginxForDevices(app: number): Promise<RunningProxy> {
  const line = (await page()).match(/`(proxy_set_header X-Forwarded-For [^`]+;)`/)?.[1]
  if (line === undefined) throw new Error('The page has no line for X-Forwarded-For.')
  return startNginxWith(app, (printed) =>
    printed.replaceAll(/^ {2}location .*$/gm, (location) => `${location}\n    ${line}`),
  )
}

async function startNginxWith(
  app: number,
  edit: (printed: string) => string,
): Promise<RunningProxy> {
  return start('nginx', app, async (printed, ports, files) => {
    const servers = edit(printed)
      .replace('listen 80;', `listen 127.0.0.1:${ports.http};`)
      .replace('listen 443 ssl;', `listen 127.0.0.1:${ports.https} ssl;`)
      .replaceAll('127.0.0.1:3000', `127.0.0.1:${ports.app}`)
      .replace('/etc/ssl/shop.example/fullchain.pem', files.certificate)
      .replace('/etc/ssl/shop.example/privkey.pem', files.key)
    const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    const paths = kinds.map((kind) => `${kind}_temp_path ${join(files.folder, kind)};`)
    const config = `daemon off; master_process off; pid ${join(files.folder, 'pid')};
error_log stderr; events {} http { access_log off; ${paths.join(' ')}\n${servers}\n}\n`
    const file = join(files.folder, 'nginx.conf')
    await writeFile(file, config)
    return [process.env.NGINX ?? 'nginx', '-c', file, '-p', files.folder, '-e', 'stderr']
  })
}

export async function startCaddy(app: number): Promise<RunningProxy> {
  return start('caddy', app, async (printed, ports, files) => {
    const site = printed
      .replace(`${host} {`, `${host} {\n  tls ${files.certificate} ${files.key}`)
      .replaceAll('127.0.0.1:3000', `127.0.0.1:${ports.app}`)
    const config = `{
  admin off
  http_port ${ports.http}
  https_port ${ports.https}
  default_bind 127.0.0.1
  storage file_system ${files.folder}
}
${site}`
    const file = join(files.folder, 'Caddyfile')
    await writeFile(file, config)
    return [process.env.CADDY ?? 'caddy', 'run', '--adapter', 'caddyfile', '--config', file]
  })
}

async function start(
  name: 'nginx' | 'caddy',
  app: number,
  command: (printed: string, ports: Ports, files: Files) => Promise<string[]>,
): Promise<RunningProxy> {
  const folder = await mkdtemp(join(tmpdir(), `gravito-${name}-`))
  const files = { folder, certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  await makeCertificate(files)
  const ports = { http: await freePort(), https: await freePort(), app }
  const [program = name, ...args] = await command(await printedFor(name), ports, files)
  const server = await launch(program, args, folder, [ports.http, ports.https])
  const ca = await readFile(files.certificate)
  const tls = { host: '127.0.0.1', port: ports.https, servername: host, ca, agent: false }
  return {
    fetch: (request) => ask(httpsRequest, tls, request),
    fetchPlain: (path) =>
      ask(
        httpRequest,
        { host: '127.0.0.1', port: ports.http, agent: false },
        new Request(`http://${host}${path}`),
      ),
    async upgrade(path) {
      const headers = { Host: host, Connection: 'Upgrade', Upgrade: 'websocket' }
      const asking = httpsRequest({ ...tls, path, headers }).end()
      const [answer, socket] = await once(asking, 'upgrade')
      socket.destroy()
      return answer
    },
    async stop() {
      if (server.exitCode === null && server.signalCode === null) {
        server.kill('SIGKILL')
        await once(server, 'exit')
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The code block in this language on the page. */
async function printedFor(name: 'nginx' | 'caddy'): Promise<string> {
  const language = name === 'caddy' ? 'caddyfile' : name
  const block = (await page()).match(
    new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm'),
  )?.[1]
  if (block === undefined) throw new Error(`The page prints no configuration for ${name}.`)
  return block
}

function page(): Promise<string> {
  return readFile(new URL('../../docs/recipes/behind-a-proxy.md', import.meta.url), 'utf8')
}

async function makeCertificate({ certificate, key }: Files): Promise<void> {
  const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const files = ['-keyout', key, '-out', certificate, '-days', '2']
  await promisify(execFile)('openssl', ['req', ...kind, ...files, ...subject])
}

async function launch(
  program: string,
  args: string[],
  folder: string,
  ports: readonly number[],
): Promise<ChildProcess> {
  // On Debian, nginx is in a folder that is only on root's PATH.
  const PATH = `${process.env.PATH}:/usr/sbin`
  const env = { ...process.env, PATH, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder }
  const server = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const end = () => void server.kill('SIGKILL')
  process.once('exit', end)
  server.once('exit', () => process.off('exit', end))
  let said = ''
  server.stderr.on('data', (data: Buffer) => {
    said += data
  })
  const ended = new Promise<never>((_, reject) => {
    const fail = (problem: string) =>
      reject(new Error(`${program} ${problem}. Install it (apt-get install ${program}).\n${said}`))
    server.once('error', (error) => fail(`could not be started (${error.message})`))
    server.once('exit', (code) => fail(`ended with ${code}`))
  })
  // Once the proxy listens, its end is not an error.
  ended.catch(() => {})
  for (const port of ports) await Promise.race([listening(port), ended])
  return server
}

/** Neither server reports that it is ready, so this sends requests until one responds. */
async function listening(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
  } catch {
    await new Promise((resolve) => setImmediate(resolve))
    return listening(port)
  } finally {
    socket.destroy()
  }
}

async function ask(
  send: typeof httpRequest,
  to: RequestOptions,
  request: Request,
): Promise<Response> {
  const { pathname, search, host: name } = new URL(request.url)
  const headers = { ...Object.fromEntries(request.headers), Host: name }
  const asking = send({ ...to, method: request.method, path: pathname + search, headers })
  asking.end(request.body === null ? undefined : Buffer.from(await request.arrayBuffer()))
  const [answer]: IncomingMessage[] = await once(asking, 'response')
  if (answer === undefined) throw new Error('There was no response.')
  const received = new Headers()
  for (const [key, values = []] of Object.entries(answer.headersDistinct)) {
    for (const value of values) received.append(key, value)
  }
  const status = answer.statusCode ?? 500
  const body = status === 204 || status === 304 ? null : Readable.toWeb(answer)
  return new Response(body as BodyInit | null, { status, headers: received })
}
