import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { appFolder, runGravito, runNode, serve } from './served-app.fixture.ts'

const BOOTSTRAP = `
import { defineConfig, PlanetCore } from 'gravito-core'

const core = await PlanetCore.boot(defineConfig({}))
export default core.liftoff()
`

/** A typical first app: types, an enum, and imports without extension from two folders. */
const TYPESCRIPT_APP = {
  'src/bootstrap.ts': BOOTSTRAP,
  'src/routes/index.ts': `
    import type { Router } from 'gravito-core'
    import '../loads'
    import { DemoController } from '../controllers/DemoController'
    export default function (routes: Router) {
      routes.get('/me', [DemoController, 'index'])
    }`,
  'src/controllers/DemoController.ts': `
    import type { Context } from 'hono'
    import { loads } from '../loads'
    enum Role { Guest = 'guest' }
    export class DemoController {
      index(c: Context) {
        return c.json({ role: Role.Guest, loads: loads() })
      }
    }`,
  'src/loads.ts': `
    const counter = globalThis as { loads?: number }
    counter.loads = (counter.loads ?? 0) + 1
    export const loads = (): number | undefined => counter.loads`,
}

const JAVASCRIPT_ROUTES = `export default (routes) => { routes.get('/', (c) => c.text('hello')) }`

describe('a TypeScript app runs through tsx', () => {
  test.each([
    ['no "type"', '{}'],
    ['"type": "commonjs"', '{"type":"commonjs"}'],
    ['"type": "module"', '{"type":"module"}'],
  ])('in a package with %s', async (_name, manifest) => {
    const folder = appFolder({ ...TYPESCRIPT_APP, 'package.json': manifest }, { tsx: true })
    const { url, output } = await serve(folder, ['src/bootstrap.ts'])
    const response = await fetch(`${url}/me`)
    expect(await response.json()).toEqual({ role: 'guest', loads: 1 })
    expect(output()).not.toContain('liftoff() does not open a port')
  })

  test('and the error says how to install tsx if it is missing', async () => {
    const run = runGravito(appFolder(TYPESCRIPT_APP), ['serve', 'src/bootstrap.ts'])
    expect(await run.exit).toBe(1)
    expect(run.output()).toMatch(
      /src\/bootstrap\.ts is TypeScript and needs tsx .*: npm i -D tsx\n$/,
    )
  })
})

describe('the entry', () => {
  test.each(['src/bootstrap.mjs', 'bootstrap.js', 'dist/bootstrap.js'])(
    'is found in %s',
    async (path) => {
      const folder = appFolder({ [path]: BOOTSTRAP, 'routes/index.mjs': JAVASCRIPT_ROUTES })
      const { url } = await serve(folder)
      expect(await (await fetch(url)).text()).toBe('hello')
    },
  )

  test('decides where the routes are, for any working directory and any file name', async () => {
    const folder = appFolder({
      'my app #1/package.json': '{}',
      'my app #1/src/bootstrap.mjs': BOOTSTRAP,
      'my app #1/src/routes/index.mjs': JAVASCRIPT_ROUTES,
    })
    const { url } = await serve(folder, ['my app #1/src/bootstrap.mjs'])
    expect(await (await fetch(url)).text()).toBe('hello')
  })

  test('may export any object with a fetch', async () => {
    const folder = appFolder({
      'bootstrap.mjs': `export default { fetch: (_request, env) => new Response(env.incoming.url) }`,
    })
    const { url } = await serve(folder)
    expect(await (await fetch(`${url}/here`)).text()).toBe('/here')
  })
})

describe('the command prints an error and exits with 1 for', () => {
  test.each<[string, Record<string, string>, string[], string]>([
    ['no entry', {}, [], 'looked for src/bootstrap.ts, src/bootstrap.mts,'],
    ['an entry that does not exist', {}, ['main.mjs'], 'main.mjs. Correct the path'],
    [
      'no default export',
      { 'bootstrap.mjs': '' },
      [],
      'End it with: export default core.liftoff()',
    ],
    [
      'a throwing entry',
      { 'bootstrap.mjs': `throw new Error('oh')` },
      [],
      'bootstrap.mjs failed: oh.',
    ],
    [
      'a broken import in the routes file',
      { 'bootstrap.mjs': BOOTSTRAP, 'routes/index.mjs': `import './absent.mjs'` },
      [],
      'routes/index.mjs failed: Cannot find module',
    ],
    ['an unknown option', {}, ['--prot', '1'], 'Usage: gravito serve'],
    [
      'a time limit that is not a number',
      {},
      ['--shutdown-timeout', 'soon'],
      'Usage: gravito serve',
    ],
  ])('%s', async (_name, files, args, message) => {
    const run = runGravito(appFolder(files), ['serve', ...args])
    expect(await run.exit).toBe(1)
    expect(run.output()).toContain(message)
  })

  test('an error, with its stack except in production', async () => {
    const folder = appFolder({
      'bootstrap.mjs': `import './other.mjs'`,
      'other.mjs': `throw new Error('oh')`,
    })
    for (const [env, expected] of [
      ['', true],
      ['production', false],
    ] as const) {
      const run = runGravito(folder, ['serve'], { NODE_ENV: env })
      await run.exit
      expect(run.output().includes('other.mjs:1:7')).toBe(expected)
      expect(run.output().match(/: oh\b/g)).toHaveLength(expected ? 2 : 1)
    }
  })

  test('an unknown command, with the usage, which --help prints too', async () => {
    const folder = appFolder({})
    const unknown = runGravito(folder, ['lift'])
    expect(await unknown.exit).toBe(1)
    const help = runGravito(folder, ['--help'])
    expect(await help.exit).toBe(0)
    expect(help.output()).toMatch(/^Usage: gravito serve/)
  })
})

test('liftoff() on Node outside of gravito serve names the command to use', async () => {
  const folder = appFolder({ 'src/bootstrap.mjs': BOOTSTRAP })
  const run = runNode(folder, [join(folder, 'src/bootstrap.mjs')])
  expect(await run.exit).toBe(0)
  expect(run.output()).toContain(
    'warn: liftoff() does not open a port on Node. Serve the app with: npx gravito serve src/bootstrap.mjs\n',
  )
})

describe('an error that stops the boot is printed once', () => {
  const bootOf = (orbit: string) => ({
    'src/bootstrap.mjs': `
      import { PlanetCore } from 'gravito-core'
      class Demo { ${orbit} }
      await PlanetCore.boot({ orbits: [new Demo()] })`,
  })

  test('without a stack if it has a code', async () => {
    const orbit = `install() { throw Object.assign(new Error('The name is "x"; give another'), { code: 'demo-config' }) }`
    const run = runGravito(appFolder(bootOf(orbit)), ['serve'])
    expect(await run.exit).toBe(1)
    expect(run.output().match(/The name is "x"/g)).toHaveLength(1)
  })

  test('without the frames of the module loader if a package is missing', async () => {
    const run = runGravito(appFolder(bootOf("install() { return import('no-such') }")), ['serve'])
    expect(await run.exit).toBe(1)
    expect(run.output().match(/Cannot find package 'no-such'/g)).toHaveLength(1)
    expect(run.output()).not.toMatch(/^\s+at /m)
  })

  test('if it is its own cause', async () => {
    const orbit = "install() { const e = new Error('turning round'); e.cause = e; throw e }"
    const run = runGravito(appFolder(bootOf(orbit)), ['serve'])
    expect(await run.exit).toBe(1)
    expect(run.output().match(/because: /g)).toHaveLength(1)
    expect(run.output()).toContain('because: Error: turning round')
  })

  test('with its line if it is any other error', async () => {
    const run = runGravito(appFolder(bootOf('install() { this.name.length }')), ['serve'])
    expect(await run.exit).toBe(1)
    expect(run.output()).toMatch(/because: TypeError: .*\n\s+at Demo\.install .*bootstrap\.mjs/)
  })
})
