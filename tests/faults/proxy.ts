import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A proxy between an app and its Redis. It can lose the response to an executed command. */
export interface Proxy {
  readonly url: string
  /**
   * The proxy loses the response to the command after the given number of commands, and closes its
   * connection.
   */
  loseAnswer(ofCommand: number): void
  /**
   * Stops losing responses. Returns the names of all commands since then. The last one is the command whose
   * response was lost.
   */
  commands(): string[]
}

export async function aProxy(port: number): Promise<Proxy> {
  let seen: string[] = []
  let loseAt = Number.POSITIVE_INFINITY
  const sockets = new Set<Socket>()

  const server = createServer((app) => {
    const redis = connect(port, '127.0.0.1')
    const end = () => {
      app.destroy()
      redis.destroy()
    }
    let isLost = false
    const read = commandReader((name) => {
      if (seen.length >= loseAt) return
      seen.push(name)
      isLost = seen.length === loseAt
    })
    app.on('data', (data) => {
      read(data)
      redis.write(data)
    })
    redis.on('data', (data) => {
      // It responds, so it has executed the command.
      if (isLost) end()
      else app.write(data)
    })
    for (const socket of [app, redis]) {
      sockets.add(socket)
      socket.on('error', end).on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('The proxy has no port.')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return {
    url: `redis://127.0.0.1:${address.port}`,
    loseAnswer(ofCommand) {
      seen = []
      loseAt = ofCommand
    },
    commands() {
      loseAt = Number.POSITIVE_INFINITY
      return seen.splice(0)
    },
  }
}

/** Finds the name of each complete command in a stream: `*2\r\n$3\r\nGET\r\n$1\r\na\r\n`. */
function commandReader(tell: (name: string) => void): (data: Buffer) => void {
  let rest = ''
  return (data) => {
    rest += data.toString('latin1')
    for (;;) {
      const end = endOfCommand(rest)
      if (end === undefined) return
      tell(/^\*\d+\r\n\$\d+\r\n(\w+)/.exec(rest)?.[1]?.toUpperCase() ?? '?')
      rest = rest.slice(end)
    }
  }
}

function endOfCommand(text: string): number | undefined {
  const head = /^\*(\d+)\r\n/.exec(text)
  if (!head) return undefined
  let at = head[0].length
  for (let count = 0; count < Number(head[1]); count += 1) {
    const part = /^\$(\d+)\r\n/.exec(text.slice(at, at + 20))
    if (!part) return undefined
    at += part[0].length + Number(part[1]) + 2
  }
  return at <= text.length ? at : undefined
}
