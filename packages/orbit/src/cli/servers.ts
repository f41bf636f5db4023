import { type ListenOptions, Server } from 'node:net'

/**
 * The entry of an app usually starts the server. A command that loads the entry must not open the port or accept
 * requests. So these servers only pretend to listen.
 */
export function holdServers(): void {
  const ports = new WeakMap<Server, number>()
  Server.prototype.listen = function (this: Server, ...args: unknown[]) {
    const [first, ...rest] = args
    const { port }: ListenOptions = Object(first)
    ports.set(this, Number(port ?? first) || 0)
    const onListening = [first, ...rest].find((arg) => typeof arg === 'function')
    if (typeof onListening === 'function') this.once('listening', () => onListening.call(this))
    process.nextTick(() => this.emit('listening'))
    return this
  }
  Server.prototype.address = function (this: Server) {
    const port = ports.get(this)
    return port === undefined ? null : { address: '127.0.0.1', family: 'IPv4', port }
  }
  const bun = { port: 0, hostname: 'localhost', url: new URL('http://localhost'), stop() {} }
  replace('Bun', 'serve', () => bun)
  const addr = { transport: 'tcp', hostname: '127.0.0.1', port: 0 }
  replace('Deno', 'serve', () => ({ addr, finished: new Promise(() => {}), async shutdown() {} }))
}

/** Replaces a function of another runtime, if this process runs on it. */
function replace(holder: string, name: string, stub: () => object): void {
  const runtime: unknown = Reflect.get(globalThis, holder)
  if (typeof runtime !== 'object' || runtime === null) return
  Reflect.defineProperty(runtime, name, { value: stub, configurable: true, writable: true })
}
