// Sends the load: a few connections that each send one request after the other. It does as little work as
// possible, so that the server is slower than the load. It still compares every response with the expected one.

import { connect } from 'node:net'

const patience = 30_000

/**
 * Opens one connection per user and sends a request on each, so that opening them is not measured.
 *
 * @param url the server's
 * @param kind `method`, `path`, and in `body` the expected body of each response
 * @param people the headers of each connection
 */
export async function openLoad(url, kind, people) {
  const connections = people.map((headers) => new Connection(url, kind, headers))
  await Promise.all(connections.map((one) => one.send(1)))
  return {
    /**
     * Sends about this many requests, the same number on each connection. Returns the exact number.
     */
    async send(amount) {
      const each = Math.ceil(amount / connections.length)
      const stop = keepAwake()
      try {
        await Promise.all(connections.map((one) => one.send(each)))
      } finally {
        stop()
      }
      return each * connections.length
    },
    close() {
      for (const one of connections) one.close()
    },
  }
}

/**
 * Keeps the event loop busy until it is stopped. If the load slept, each response would first have to wake it,
 * and that time would count as time of the server: on a virtual machine up to 20 µs, as much as a whole small
 * app. This would only affect servers that are slower than the load.
 */
function keepAwake() {
  let isAwake = true
  const turn = () => {
    if (isAwake) setImmediate(turn)
  }
  turn()
  return () => {
    isAwake = false
  }
}

class Connection {
  #socket
  #request
  #expected
  #received = ''
  #left = 0
  #done = { resolve() {}, reject() {} }

  constructor(url, { method, path, body }, headers) {
    const { hostname, port, host } = new URL(url)
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    const length = method === 'GET' ? '' : 'Content-Length: 0\r\n'
    const text = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${lines.join('')}${length}\r\n`
    this.#request = Buffer.from(text, 'latin1')
    this.#expected = body
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true })
    this.#socket.setTimeout(patience, () => this.#fail('took too long'))
    this.#socket.on('data', (chunk) => this.#receive(chunk))
    this.#socket.on('error', (error) => this.#fail(error.message))
    this.#socket.on('close', () => this.#fail('was closed'))
  }

  send(count) {
    this.#left = count
    this.#socket.write(this.#request)
    return new Promise((resolve, reject) => {
      this.#done = { resolve, reject }
    })
  }

  close() {
    this.#done = { resolve() {}, reject() {} }
    this.#socket.destroy()
  }

  #receive(chunk) {
    this.#received += chunk.latin1Slice()
    const state = stateOf(this.#received, this.#expected)
    if (state === 'incomplete') return
    if (state === 'wrong') return this.#fail(`responded with ${this.#received.slice(0, 2_000)}`)
    this.#received = ''
    this.#left -= 1
    if (this.#left > 0) this.#socket.write(this.#request)
    else this.#done.resolve()
  }

  #fail(what) {
    const request = this.#request.toString('latin1').split('\r\n')[0]
    this.#done.reject(new Error(`${request}: ${what}`))
    this.close()
  }
}

/** Compares a response with the expected one, which has the status 200. Returns `complete`, `incomplete` or `wrong`. */
export function stateOf(text, body) {
  const isFine = text.startsWith('HTTP/1.1 200')
  if (isFine && text.endsWith(`\r\n\r\n${body}`)) return 'complete'
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return 'incomplete'
  const head = text.slice(0, end)
  const rest = text.slice(end + 4)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)
  if (length) return rest.length < Number(length[1]) ? 'incomplete' : 'wrong'
  if (!rest.endsWith('0\r\n\r\n')) return 'incomplete'
  return isFine && rest === `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
    ? 'complete'
    : 'wrong'
}
