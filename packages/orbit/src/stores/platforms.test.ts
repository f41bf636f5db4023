import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import type { SessionOptions } from '../config.ts'
import { session } from '../middleware.ts'
import { memoryStore } from './memory.ts'
import { platformIn } from './platforms.ts'

const names = [
  ['VERCEL', 'Vercel'],
  ['NETLIFY', 'Netlify'],
  ['AWS_LAMBDA_FUNCTION_NAME', 'AWS Lambda'],
  ['FUNCTION_TARGET', 'Google Cloud Functions'],
  ['K_SERVICE', 'Google Cloud Run'],
  ['FUNCTIONS_WORKER_RUNTIME', 'Azure Functions'],
] as const

describe('the platform', () => {
  it.each(names)('is recognized by %s', (variable, name) => {
    expect(platformIn({ [variable]: 'x', PATH: '/bin' }, false)).toBe(name)
    expect(platformIn({ [variable]: '' }, false)).toBe(undefined)
  })

  it('is Netlify, although its functions run on AWS Lambda', () => {
    expect(platformIn({ AWS_LAMBDA_FUNCTION_NAME: 'a', NETLIFY: 'true' }, false)).toBe('Netlify')
  })

  it('is Deno Deploy only on Deno, where no other variable is read', () => {
    const asked: string[] = []
    const environment = new Proxy<Record<string, string>>(
      {},
      { get: (_, name) => void asked.push(String(name)) },
    )
    expect(platformIn(environment, true)).toBe(undefined)
    expect(asked).toEqual(['DENO_DEPLOYMENT_ID', 'DENO_DEPLOY'])
    expect(platformIn({ DENO_DEPLOYMENT_ID: 'a' }, true)).toBe('Deno Deploy')
    expect(platformIn({ DENO_DEPLOYMENT_ID: 'a' }, false)).toBe(undefined)
  })
})

describe('a driver that keeps sessions in one instance, on such a platform', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gravito-platforms-'))
  afterEach(() => vi.unstubAllEnvs())
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** What is logged at boot, and by the first use of the store. */
  async function warningsOf(options: SessionOptions): Promise<string[]> {
    const logged: string[] = []
    const log = (message: string) => void logged.push(message)
    const middleware = session({
      secret: 'a secret of the tests, long enough for HMAC',
      logger: { warn: log, error: log },
      ...options,
    })
    // Node 20 has no SQLite.
    await middleware.ready().catch(() => {})
    await middleware.sessions
      .of('ada')
      .list()
      .catch(() => {})
    await middleware.close()
    return logged
  }

  it.each([
    ['memory', {}],
    ['file', { driver: 'file', file: { path: join(folder, 'sessions') } }],
    ['sqlite', { driver: 'sqlite', sqlite: { path: join(folder, 'sessions.sqlite') } }],
  ] as const)('logs one warning: %s', async (name, options) => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'shop')
    expect(await warningsOf(options)).toEqual([
      expect.stringMatching(new RegExp(`^The driver ${name} .*\\. AWS Lambda runs several`)),
    ])
  })

  it.each<[string, SessionOptions]>([
    // There is no server on this port. The log has only that warning.
    ['redis', { driver: 'redis', redis: { url: 'redis://127.0.0.1:1', timeoutMs: 200 } }],
    ['a separate store', { store: memoryStore() }],
  ])('logs no warning for %s', async (_, options) => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'shop')
    expect((await warningsOf(options)).filter((text) => /instance/.test(text))).toEqual([])
  })

  it('logs no warning on other platforms', async () => {
    for (const [variable] of names) vi.stubEnv(variable, undefined)
    expect(await warningsOf({})).toEqual([])
  })
})
