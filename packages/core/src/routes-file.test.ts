import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { BootOptions } from './core.ts'
import { PlanetCore } from './core.ts'
import { recordingLogger } from './logger.fixture.ts'
import { temporaryFolder } from './temporary-folder.fixture.ts'

const answering = (text: string) =>
  `export default (routes) => { routes.get('/', (c) => c.text(${JSON.stringify(text)})) }`

async function bootIn(files: Record<string, string>, options: BootOptions = {}) {
  const root = temporaryFolder(files)
  const logger = recordingLogger()
  const boot = PlanetCore.boot({ root, logger, ...options })
  return { root, logger, boot }
}

async function answerIn(files: Record<string, string>, options?: BootOptions) {
  const { boot } = await bootIn(files, options)
  return (await (await boot).fetch(new Request('http://localhost/'))).text()
}

describe('the routes file', () => {
  test.each(['src/routes/index.ts', 'src/routes/index.mjs', 'routes/index.mts', 'routes/index.js'])(
    'is found in %s',
    async (path) => {
      expect(await answerIn({ [path]: answering(path) })).toBe(path)
    },
  )

  test('is found in src/routes before routes, and as TypeScript before JavaScript', async () => {
    expect(
      await answerIn({
        'routes/index.ts': answering('routes'),
        'src/routes/index.js': answering('js'),
        'src/routes/index.ts': answering('ts'),
      }),
    ).toBe('ts')
  })

  test('is the one in the option `routes`, a path relative to the root or a URL, even if a default file exists', async () => {
    const files = { 'routes/index.js': answering('usual'), 'other.js': answering('named') }
    expect(await answerIn(files, { routes: './other.js' })).toBe('named')
    const url = pathToFileURL(join(temporaryFolder(files), 'other.js'))
    expect(await answerIn({}, { routes: url })).toBe('named')
    expect(await answerIn({}, { routes: url.href })).toBe('named')
    expect(
      await answerIn(files, {
        routes: (routes) => void routes.get('/', (c) => c.text('function')),
      }),
    ).toBe('function')
  })

  test('may export an async function, which is awaited', async () => {
    expect(
      await answerIn({
        'routes/index.js': `export default async (routes) => {
          await new Promise((resolve) => setImmediate(resolve))
          routes.get('/', (c) => c.text('late'))
        }`,
      }),
    ).toBe('late')
  })
})

describe('the error names a routes file that', () => {
  test.each([
    ['throws while it loads', `throw new Error('at load')`, 'routes-failed', 'at load'],
    ['has a broken import', `import './absent.js'`, 'routes-failed', 'absent.js'],
    [
      'throws in its function',
      `export default () => { throw new Error('at call') }`,
      'routes-failed',
      'at call',
    ],
    [
      'rejects',
      `export default async () => { throw new Error('at await') }`,
      'routes-failed',
      'at await',
    ],
    [
      'registers no route',
      `export default (r) => { r.get('/me', 1) }`,
      'routes-failed',
      'GET /me was refused',
    ],
    ['has no default export', `export const routes = () => {}`, 'routes-invalid', 'default export'],
    ['exports no function as default', `export default {}`, 'routes-invalid', 'default export'],
  ])('%s', async (_name, source, code, message) => {
    const { root, boot } = await bootIn({ 'src/routes/index.js': source })
    const error: unknown = await boot.catch((thrown) => thrown)
    expect(error).toMatchObject({
      code,
      message: expect.stringContaining(join(root, 'src/routes/index.js')),
    })
    expect(error).toMatchObject({ message: expect.stringContaining(message) })
    if (code === 'routes-failed') expect(error).toMatchObject({ cause: expect.any(Error) })
  })

  test('is in the option `routes` and does not exist', async () => {
    const { root, boot } = await bootIn({}, { routes: 'routes.js' })
    await expect(boot).rejects.toMatchObject({
      code: 'routes-missing',
      message: expect.stringContaining(join(root, 'routes.js')),
    })
  })
})

test('an app without a routes file starts, and one log line says which paths were tried', async () => {
  const { root, logger, boot } = await bootIn({})
  await boot
  expect(logger.lines).toEqual([
    `info: No routes file: looked for src/routes/index.{ts,mts,js,mjs} and routes/index.{ts,mts,js,mjs} in ${root}`,
  ])
})
