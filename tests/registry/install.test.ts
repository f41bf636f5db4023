import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWorkshop, pasteGuideWithProbes } from '../guide/project.ts'
import { serveGuideApp } from '../guide/runtimes.ts'
import { itKeepsTheGuidesPromises } from '../guide/scenario.ts'
import type { Launch } from '../guide/server.ts'
import { expectSignIn } from '../guide/sign-in.ts'
import { useServer } from '../guide/use-server.ts'
import { bun, deno } from '../runtimes/binaries.ts'
import { command } from './commands.ts'
import { type Registry, startRegistry } from './registry.ts'

let registry: Registry

beforeAll(async () => {
  registry = await startRegistry()
  const workshop = await openWorkshop()
  try {
    for (const tarball of [workshop.core, workshop.orbit, workshop.stasis]) {
      await registry.publish(tarball)
    }
  } finally {
    await workshop.remove()
  }
}, 120_000)

afterAll(() => registry?.stop())

/** Runs the command in an empty folder. Returns the folder and the output. */
async function typed(name: string, line: [string, ...string[]]) {
  const folder = await registry.emptyFolder(name)
  const printed = await command({ line, cwd: folder, env: registry.env })
  return { folder, printed }
}

async function dependenciesOf(folder: string): Promise<unknown> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')).dependencies
}

const orbitAlone = { '@gravito/orbit': expect.stringMatching(/^\^0\./) }

describe('`bun add @gravito/orbit` in an empty folder', () => {
  let folder: string

  beforeAll(async () => {
    folder = (await typed('bun', [bun(), 'add', '@gravito/orbit'])).folder
    await pasteGuideWithProbes(folder)
  }, 60_000)

  it('writes one dependency into package.json', async () => {
    expect(await dependenciesOf(folder)).toEqual(orbitAlone)
  })

  describe("and Bun runs the guide's app", () => {
    itKeepsTheGuidesPromises(
      useServer(() => serveGuideApp.bun(folder)),
      'gravito_session',
    )
  })
})

describe('`npm i @gravito/orbit` in an empty folder', () => {
  let folder: string
  let printed: string

  beforeAll(async () => {
    ;({ folder, printed } = await typed('npm', ['npm', 'i', '@gravito/orbit']))
  }, 60_000)

  it('writes one dependency into package.json, and prints no warning', async () => {
    expect(await dependenciesOf(folder)).toEqual(orbitAlone)
    expect(warnings(printed)).toEqual([])
  })

  describe("and Node runs the guide's app, once tsx is there for its TypeScript", () => {
    beforeAll(async () => {
      await command({ line: ['npm', 'i', '-D', 'tsx'], cwd: folder, env: registry.env })
      await pasteGuideWithProbes(folder)
    }, 60_000)

    itKeepsTheGuidesPromises(
      useServer(() => serveGuideApp.node(folder)),
      'gravito_session',
    )
  })
})

describe('`npm i @gravito/orbit @gravito/stasis redis` in an empty folder', () => {
  let folder: string
  let printed: string

  beforeAll(async () => {
    const line = ['npm', 'i', '@gravito/orbit', '@gravito/stasis', 'redis'] as const
    ;({ folder, printed } = await typed('cache', [...line]))
  }, 60_000)

  it('installs the peers, one copy of each, and prints no warning', async () => {
    expect(warnings(printed)).toEqual([])
    const line = ['npm', 'ls', '--all', '--parseable'] as const
    const listed = await command({ line: [...line], cwd: folder, env: registry.env })
    for (const name of ['gravito-core', 'hono', 'redis', '@gravito/orbit', '@gravito/stasis']) {
      const copies = listed.split('\n').filter((path) => path.endsWith(`/node_modules/${name}`))
      expect(copies, name).toHaveLength(1)
    }
  })

  it('keeps sessions in the cache', async () => {
    await writeFile(join(folder, 'bootstrap.mjs'), appWithCache)
    const gravito = join(folder, 'node_modules/.bin/gravito')
    await expectSignIn(() => ({ command: gravito, args: ['serve'], cwd: folder }))
  })
})

const appWithCache = `
  import { OrbitSession } from '@gravito/orbit'
  import { OrbitCache } from '@gravito/stasis'
  import { defineConfig, PlanetCore } from 'gravito-core'

  const config = defineConfig({
    config: { session: { driver: 'cache' } },
    orbits: [new OrbitCache(), new OrbitSession()],
    routes: (routes) => {
      routes.get('/me', (c) => c.json({ userId: c.get('session').get('userId', null) }))
      routes.post('/login', (c) => {
        c.get('session').put('userId', 'user_123')
        return c.json({ ok: true })
      })
    },
  })

  const core = await PlanetCore.boot(config)
  export default core.liftoff()
`

describe('`deno add` in an empty folder', () => {
  it("installs the packages, and Deno runs the guide's app", async () => {
    // Deno installs a package a day after its release, unless you allow newer ones.
    const line = [deno(), 'add', '--minimum-dependency-age=0'] as const
    const packages = ['npm:@gravito/orbit', 'npm:gravito-core', 'npm:hono']
    const { folder } = await typed('deno', [...line, ...packages])
    await pasteGuideWithProbes(folder)
    expect(existsSync(join(folder, 'package.json'))).toBe(false)

    const serve = serveGuideApp.deno(folder)
    await expectSignIn((port) => inRegistrysEnvironment(serve(port)))
  })
})

/** Deno stores the packages outside of the folder, and looks there again when it serves. */
function inRegistrysEnvironment({ command, args, cwd }: Launch): Launch {
  const variables = Object.entries(registry.env).map(([name, value]) => `${name}=${value}`)
  return { command: 'env', args: [...variables, command, ...args], cwd }
}

/** The output of npm except for the number of packages, and its warnings about the machine's settings. */
function warnings(printed: string): string[] {
  return printed
    .split('\n')
    .filter((line) => /\b(warn|deprecated|peer|ERESOLVE|EBADENGINE)\b/i.test(line))
    .filter((line) => !/\bUnknown (user|env|builtin) config\b/.test(line))
}
