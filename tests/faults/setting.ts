import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { type App, type AppOptions, startApp } from './apps.ts'
import { Browser } from './browser.ts'

/** Everything that a test opens is closed when it ends. */

export async function aServer(...args: string[]): Promise<RedisServer> {
  const server = await startRedis(args)
  onTestFinished(() => server.stop())
  return server
}

export async function anApp(options: AppOptions): Promise<App> {
  const app = await startApp(options)
  onTestFinished(() => app.kill())
  return app
}

export async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gravito-faults-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A signed-in browser with data in its session. */
export async function signedIn(app: App, user = 'ada'): Promise<Browser> {
  const browser = new Browser()
  await browser.state(app.origin)
  for (const change of [
    { kind: 'put', key: 'a', mark: 'kept' },
    { kind: 'sign-in', user, mark: 'signed-in' },
  ] as const) {
    const answer = await browser.change(app.origin, change)
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
    await answer.arrayBuffer()
  }
  return browser
}

/** A response, and how long it took. */
export async function timed(asking: Promise<Response>) {
  const began = performance.now()
  const answer = await asking
  await answer.arrayBuffer()
  return {
    status: answer.status,
    retryAfter: answer.headers.get('Retry-After'),
    cookies: answer.headers.getSetCookie(),
    ms: performance.now() - began,
  }
}

/** Repeats the request until it succeeds. */
export async function eventually<T>(call: () => Promise<T>, limitMs = 5_000): Promise<T> {
  const until = performance.now() + limitMs
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (performance.now() > until) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
