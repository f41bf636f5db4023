import { existsSync } from 'node:fs'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chosen } from '../extent.ts'
import { run } from './processes.ts'
import { npmProject, openWorkshop, pasteGuide, type Workshop } from './project.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const compilers = {
  'typescript-5': '~5.9.3',
  'typescript-6': '~6.0.3',
  'typescript-7': '~7.0.2',
}

const resolutions = {
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
}

const variants = chosen('guide/types', [
  ['TypeScript 5.9 with bundler', 'bundler', 'typescript-5'],
  ['TypeScript 5.9 with nodenext', 'nodenext', 'typescript-5'],
  ['TypeScript 6 with bundler', 'bundler', 'typescript-6'],
  ['TypeScript 6 with nodenext', 'nodenext', 'typescript-6'],
  ['TypeScript 7 with bundler', 'bundler', 'typescript-7'],
  ['TypeScript 7 with nodenext', 'nodenext', 'typescript-7'],
] as const)

let workshop: Workshop
let app: string

beforeAll(async () => {
  workshop = await openWorkshop()
  const needed = new Set(variants.map(([, , compiler]) => compiler))
  const aliases = [...needed].map((name) => `${name}@npm:typescript@${compilers[name]}`)
  const others = [workshop.stasis, ...aliases]
  app = await npmProject(workshop, 'types', others, { type: 'module' })
  await pasteGuide(app)
  await completeImports(join(app, 'src'), join(app, 'completed'))
  await cp(here('app-types'), join(app, 'types'), { recursive: true })
  await cp(here('app-jsx'), join(app, 'jsx'), { recursive: true })
  await cp(here('app-hono/app.ts'), join(app, 'hono.ts'))
}, 120_000)

afterAll(() => workshop?.remove())

/**
 * The guide's imports have no file extension. Bundlers, Bun, tsx and `bundler` accept that. `nodenext`
 * does not in an ES module, and CommonJS files do not help, because the guide's bootstrap file has a
 * top-level await. So with `nodenext` you add `.js`, which tsx and Bun also run.
 */
async function completeImports(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true })
  const routes = join(to, 'routes/index.ts')
  const printed = await readFile(routes, 'utf8')
  const completed = printed.replace(/from '(\.\.?\/[^']+)'/g, "from '$1.js'")
  expect(completed).not.toBe(printed)
  await writeFile(routes, completed)
}

/** The compiler's errors, including the declarations of all packages, one per line. */
async function complaints(compiler: string, options: object, include: string[]) {
  const config = join(app, `tsconfig.${crypto.randomUUID()}.json`)
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023', 'dom', 'dom.iterable'],
    types: [],
    noEmit: true,
    strict: true,
    skipLibCheck: false,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    ...options,
  }
  await writeFile(config, JSON.stringify({ compilerOptions, include }))
  const tsc = join(app, 'node_modules', compiler, 'bin/tsc')
  const args = [tsc, '--pretty', 'false', '-p', config]
  const { code, stdout, output } = await run(process.execPath, args, app)
  if (code !== 0 && stdout === '') throw new Error(`tsc exited with ${code}: ${output}`)
  return stdout.split('\n').filter((line) => line !== '')
}

it('the consumer has neither redis nor the types of Node', () => {
  const installed = ['redis', '@redis', '@types/node', '@types/bun', 'bun-types']

  expect(installed.filter((name) => existsSync(join(app, 'node_modules', name)))).toEqual([])
  expect(existsSync(join(app, 'node_modules/@gravito/stasis'))).toBe(true)
})

describe.each(variants)(
  'with %s, strict, and with every declaration checked',
  (_, name, compiler) => {
    const resolution = resolutions[name]

    it("the guide's app compiles", async () => {
      const source = name === 'bundler' ? 'src' : 'completed'

      expect(await complaints(compiler, resolution, [source])).toEqual([])
    })

    describe('with types declared for the session', () => {
      let all: string[]
      const about = (file: string) => all.filter((line) => line.startsWith(file))

      beforeAll(async () => {
        all = await complaints(compiler, resolution, ['types', 'hono.ts'])
      }, 60_000)

      it('a declared key accepts and returns only its type, and a misspelt key is refused', () => {
        expect(about('types/session-data.ts')).toEqual([])
      })

      it('a misspelt option does not compile', () => {
        expect(about('types/options.ts')).toEqual([])
      })

      it('a handler that is never called does not compile', () => {
        expect(about('types/routes.ts')).toEqual([])
      })

      it('the cache is a session store, and its misspelt options do not compile', () => {
        expect(about('types/cache.ts')).toEqual([])
      })

      it('each driver is a session store, and its misspelt options do not compile', () => {
        expect(about('types/stores.ts')).toEqual([])
      })

      it('the client for pages is called like fetch', () => {
        expect(about('types/client.ts')).toEqual([])
      })

      it('the test tools compile', () => {
        expect(about('types/testing.ts')).toEqual([])
      })

      it('a component accepts the names and returns the types of declared messages', async () => {
        const jsx = { ...resolution, jsx: 'react-jsx', jsxImportSource: 'hono/jsx' }

        expect(await complaints(compiler, jsx, ['jsx'])).toEqual([])
      })

      it('a Hono app compiles, with everything that it imports', () => {
        expect(all.filter((line) => !line.startsWith('types/'))).toEqual([])
      })
    })
  },
)

it('the app needs no browser types if it has those of Node', async () => {
  const others = [workshop.stasis, '@types/node@20']
  const folder = await npmProject(workshop, 'node-types', others, { type: 'module' })
  await cp(here('app-types'), join(folder, 'types'), { recursive: true })

  const node = { types: ['node'], typeRoots: [join(folder, 'node_modules/@types')] }
  const options = { ...resolutions.nodenext, ...node, lib: ['es2023'] }
  expect(await complaints('typescript-7', options, [join(folder, 'types')])).toEqual([])
}, 60_000)

it("with nodenext, only the app's one relative import needs an extension", async () => {
  const lines = await complaints('typescript-7', resolutions.nodenext, ['src'])

  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/^src\/routes\/index\.ts\(2,.*SessionDemoController\.js/)
})
