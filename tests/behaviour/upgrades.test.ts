import { once } from 'node:events'
import { request } from 'node:http'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { useServer } from '../guide/use-server.ts'
import { Visitor } from '../guide/visitor.ts'
import { deno } from '../runtimes/binaries.ts'

const app = fileURLToPath(new URL('./upgrade-app.ts', import.meta.url))

/** The first message on a WebSocket. A short frame from a server consists of its length and its text. */
async function firstMessage(url: string, cookie: string): Promise<string> {
  const handshake = request(`${url}/socket`, {
    headers: {
      Cookie: cookie,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
      'Sec-WebSocket-Version': '13',
    },
  }).end()
  const [response, socket, head] = await once(handshake, 'upgrade')
  expect(response.statusCode).toBe(101)
  const frame: Buffer = head.length > 2 ? head : (await once(socket, 'data'))[0]
  socket.destroy()
  return frame.subarray(2).toString()
}

describe('a WebSocket on Deno, which consumes the request before the handler returns', () => {
  const server = useServer(() => () => ({
    command: deno(),
    args: ['run', '-A', app],
    cwd: dirname(app),
  }))

  it('opens even if its handler changes the session, and keeps the change', async () => {
    const visitor = new Visitor(server().url)
    await visitor.send('GET', '/visits')
    await visitor.sendWithToken('POST', '/visits')

    expect(await firstMessage(server().url, visitor.cookieHeader)).toBe('visit 2')
    expect(await visitor.json('/visits')).toBe(2)
  })
})
