import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { appFolder, type Run, runGravito, serve } from './served-app.fixture.ts'

/**
 * Two orbits that print when they shut down. `/slow` responds when the process gets SIGUSR2.
 * `/stream` starts at once and ends then.
 */
const FILES = {
  'bootstrap.mjs': `
    import { PlanetCore } from 'gravito-core'
    const orbit = (name) => ({ name, install() {}, shutdown() { console.log(name + ' is down') } })
    const released = new Promise((resolve) => process.once('SIGUSR2', resolve))
    const core = await PlanetCore.boot({
      config: { port: Number(process.env.CONFIGURED ?? 0) },
      orbits: [orbit('first'), orbit('second')],
      routes: (routes) => {
        routes.get('/', (c) => c.text('hello'))
        routes.get('/slow', async (c) => {
          console.log('slow is in flight')
          await released
          return c.text('done')
        })
        routes.get('/stream', () => {
          const encoder = new TextEncoder()
          return new Response(new ReadableStream({
            async start(controller) {
              controller.enqueue(encoder.encode('begin '))
              await released
              controller.enqueue(encoder.encode('end'))
              controller.close()
            },
          }))
        })
      },
    })
    export default core.liftoff()`,
}

/** Returns the output of a stopping server after the line that names the signal. */
const ending = (run: Run) => run.output().split(/SIG\w+: .*\n/)[1]

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  test('stops accepting requests, finishes those in flight, and shuts down the orbits in reverse order', async () => {
    const run = await serve(appFolder(FILES))
    const slow = fetch(`${run.url}/slow`)
    const stream = await fetch(`${run.url}/stream`)
    await run.wait(/slow is in flight/)
    run.child.kill(signal)
    await run.wait(new RegExp(`${signal}: waiting for 2 requests`))
    await expect(fetch(run.url)).rejects.toThrow()
    const since = performance.now()
    run.child.kill('SIGUSR2')
    expect(await (await slow).text()).toBe('done')
    expect((await slow).headers.get('connection')).toBe('close')
    expect(await stream.text()).toBe('begin end')
    expect(await run.exit).toBe(0)
    // A connection that is kept alive would keep the process alive for seconds.
    expect(performance.now() - since).toBeLessThan(2000)
    expect(ending(run)).toBe('second is down\nfirst is down\n')
  })
})

describe('a signal', () => {
  test('ends the process at once if no request is in flight, even with idle connections', async () => {
    const run = await serve(appFolder(FILES))
    expect(await (await fetch(run.url)).text()).toBe('hello')
    run.child.kill('SIGTERM')
    expect(await run.exit).toBe(0)
    expect(ending(run)).toBe('second is down\nfirst is down\n')
  })

  test('aborts requests that take longer than the time limit', async () => {
    const run = await serve(appFolder(FILES), ['--shutdown-timeout', '0.1'])
    const slow = fetch(`${run.url}/slow`)
    const cutOff = expect(slow).rejects.toThrow()
    await run.wait(/slow is in flight/)
    run.child.kill('SIGTERM')
    expect(await run.exit).toBe(0)
    await cutOff
    expect(ending(run)).toBe(
      'Aborted 1 requests after 0.1 seconds\nsecond is down\nfirst is down\n',
    )
  })

  test('that is sent again ends the process at once', async () => {
    const run = await serve(appFolder(FILES))
    const cutOff = expect(fetch(`${run.url}/slow`)).rejects.toThrow()
    await run.wait(/slow is in flight/)
    run.child.kill('SIGTERM')
    await run.wait(/waiting for 1 requests/)
    run.child.kill('SIGTERM')
    expect(await run.exit).toBe(143)
    await cutOff
    expect(ending(run)).toBe('')
  })

  test('counts once if SIGINT arrives twice in quick succession, as npm passes on one Ctrl-C', async () => {
    const run = await serve(appFolder(FILES))
    const slow = fetch(`${run.url}/slow`)
    await run.wait(/slow is in flight/)
    run.child.kill('SIGINT')
    await run.wait(/waiting for 1 requests/)
    run.child.kill('SIGINT')
    run.child.kill('SIGUSR2')
    expect(await (await slow).text()).toBe('done')
    expect(await run.exit).toBe(0)
  })

  test('does not wait forever for an orbit that hangs', async () => {
    const folder = appFolder({
      'bootstrap.mjs': `
        import { PlanetCore } from 'gravito-core'
        const hanging = { install() {}, shutdown: () => new Promise(() => {}) }
        export default (await PlanetCore.boot({ orbits: [hanging], routes: () => {} })).liftoff()`,
    })
    const run = await serve(folder, ['--shutdown-timeout', '0.1'])
    run.child.kill('SIGTERM')
    expect(await run.exit).toBe(0)
    expect(ending(run)).toBe('The orbits were not shut down after 0.1 seconds\n')
  })
})

describe('the port', () => {
  test('that is in use causes an error: the orbits shut down, and the process exits with 1', async () => {
    const blocker = createServer().listen(0)
    await once(blocker, 'listening')
    const address = blocker.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const run = runGravito(appFolder(FILES), ['serve'], { PORT: String(port) })
    expect(await run.exit).toBe(1)
    blocker.close()
    expect(run.output()).toContain(`gravito: Port ${port} is in use. `)
    expect(run.output()).toContain('second is down\nfirst is down\n')
    expect(run.output()).not.toContain('Listening')
  })

  test('of the config is used if PORT is empty', async () => {
    const free = createServer().listen(0)
    await once(free, 'listening')
    const address = free.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    free.close()
    await once(free, 'close')
    const { url } = await serve(appFolder(FILES), [], { PORT: '', CONFIGURED: String(port) })
    expect(url).toBe(`http://localhost:${port}`)
  })

  test('that is not a number is refused', async () => {
    const run = runGravito(appFolder(FILES), ['serve'], { PORT: 'http' })
    expect(await run.exit).toBe(1)
    expect(run.output()).toContain('PORT is "http", which is not a valid port')
  })
})
