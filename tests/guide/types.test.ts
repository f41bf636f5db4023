import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from './processes.ts'
import { npmProject, openWorkshop, pasteGuide, type Workshop } from './project.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const compilers = [
  'typescript-5@npm:typescript@~5.9.3',
  'typescript-6@npm:typescript@~6.0.3',
  'typescript-7@npm:typescript@~7.0.2',
]

const bundler = { module: 'esnext', moduleResolution: 'bundler' }
const nodenext = { module: 'nodenext', moduleResolution: 'nodenext' }

let workshop: Workshop
let app: string

beforeAll(async () => {
  workshop = await openWorkshop()
  app = await npmProject(workshop, 'types', compilers, { type: 'module' })
  await pasteGuide(app)
  await cp(here('app-types'), join(app, 'types'), { recursive: true })
  await cp(here('app-hono/app.ts'), join(app, 'hono.ts'))
}, 120_000)

afterAll(() => workshop?.remove())

/** What the compiler has to say, the declarations of all packages included; a line each. */
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
  const tsc = join(app, 'node_modules', compiler, 'bin/tsc')
  const args = [tsc, '--pretty', 'false', '-p', config]
  const { code, stdout, output } = await run(process.execPath, args, app)
  if (code !== 0 && stdout === '') throw new Error(`tsc exited with ${code}: ${output}`)
  return stdout.split('\n').filter((line) => line !== '')
}

describe.each([
  ['TypeScript 5.9', 'typescript-5'],
  ['TypeScript 6', 'typescript-6'],
  ['TypeScript 7', 'typescript-7'],
])('under %s, strict and with every declaration checked', (_, compiler) => {
  it("the guide's app compiles", async () => {
    expect(await complaints(compiler, bundler, ['src'])).toEqual([])
  })

  describe('with types declared for the session', () => {
    let all: string[]
    const about = (file: string) => all.filter((line) => line.startsWith(file))

    beforeAll(async () => {
      all = await complaints(compiler, nodenext, ['types', 'hono.ts'])
    }, 60_000)

    it('a declared key takes and gives its type alone, and any other key works', () => {
      expect(about('types/session-data.ts')).toEqual([])
    })

    it('a misspelt option does not compile', () => {
      expect(about('types/options.ts')).toEqual([])
    })

    it('a handler that nobody could call does not compile', () => {
      expect(about('types/routes.ts')).toEqual([])
    })

    it('an app of Hono alone compiles, and so does all that it imports', () => {
      expect(all.filter((line) => !line.startsWith('types/'))).toEqual([])
    })
  })
})
