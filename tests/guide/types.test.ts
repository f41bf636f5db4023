import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from './processes.ts'
import { npmProject, openWorkshop, pasteGuide, type Workshop } from './project.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const compilers = {
  'TypeScript 5.9': 'typescript-5@npm:typescript@~5.9.3',
  'TypeScript 6': 'typescript-6@npm:typescript@~6.0.3',
  'TypeScript 7': 'typescript-7@npm:typescript@~7.0.2',
}

const bundler = { module: 'esnext', moduleResolution: 'bundler' }
const nodenext = { module: 'nodenext', moduleResolution: 'nodenext' }

let workshop: Workshop
let app: string

beforeAll(async () => {
  workshop = await openWorkshop()
  app = await npmProject(workshop, 'types', Object.values(compilers), { type: 'module' })
  await pasteGuide(app)
  await cp(here('app-types'), join(app, 'types'), { recursive: true })
  await cp(here('app-hono/app.ts'), join(app, 'hono.ts'))
}, 120_000)

afterAll(() => workshop?.remove())

/** What the compiler has to say, with the declarations of all packages checked, too. */
async function complaints(compiler: string, resolution: object, include: string[]) {
  const config = join(app, `tsconfig.${crypto.randomUUID()}.json`)
  const compilerOptions = {
    ...resolution,
    target: 'es2023',
    lib: ['es2023', 'dom', 'dom.iterable'],
    types: [],
    noEmit: true,
    strict: true,
    skipLibCheck: false,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
  }
  await writeFile(config, JSON.stringify({ compilerOptions, include }))
  const tsc = join(
    app,
    'node_modules',
    compiler.replace('TypeScript ', 'typescript-').split('.')[0] ?? '',
    'bin/tsc',
  )
  const { output } = await run(process.execPath, [tsc, '-p', config, '--pretty', 'false'], app)
  return output
}

describe.each(Object.keys(compilers))(
  'under %s, strict and with every declaration checked',
  (compiler) => {
    it("the guide's app compiles", async () => {
      expect(await complaints(compiler, bundler, ['src'])).toBe('')
    })

    it('an app of Hono alone compiles', async () => {
      expect(await complaints(compiler, nodenext, ['hono.ts'])).toBe('')
    })

    it('a misspelt option does not compile', async () => {
      expect(await complaints(compiler, nodenext, ['types/options.ts'])).toBe('')
    })

    it('a handler that cannot be called does not compile', async () => {
      expect(await complaints(compiler, nodenext, ['types/routes.ts'])).toBe('')
    })

    it("declared session data is typed, other keys and the guide's code go on working", async () => {
      expect(await complaints(compiler, bundler, ['types/session-data.ts', 'src'])).toBe('')
    })
  },
)
