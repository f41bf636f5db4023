import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { entryModule, findRoot } from './runtime.ts'
import { temporaryFolder } from './temporary-folder.fixture.ts'

const app = temporaryFolder({
  'package.json': '{}',
  'src/bootstrap.ts': '',
  'node_modules/tool/cli.js': '',
})
const argv = process.argv

function startedWith(entry: string | undefined) {
  process.argv = entry === undefined ? ['node'] : ['node', entry]
}

afterEach(() => {
  process.argv = argv
  vi.unstubAllGlobals()
})

describe('the root', () => {
  test('is the option, as a path or a file: URL', () => {
    expect(findRoot('/app')).toBe('/app')
    expect(findRoot('apps/shop')).toBe(join(process.cwd(), 'apps/shop'))
    expect(findRoot(pathToFileURL('/my app'))).toBe('/my app')
    expect(() => findRoot(new URL('https://example.com/app'))).toThrow(
      expect.objectContaining({ code: 'root-invalid' }),
    )
  })

  test('defaults to the folder of the nearest package.json above the entry module', () => {
    startedWith(join(app, 'src/bootstrap.ts'))
    expect(findRoot()).toBe(app)
  })

  test('is the working directory if there is no entry, or if it is in node_modules', () => {
    startedWith(undefined)
    expect(findRoot()).toBe(process.cwd())
    startedWith(join(app, 'node_modules/tool/cli.js'))
    expect(findRoot()).toBe(process.cwd())
  })

  test('is the working directory if there is no package.json', () => {
    startedWith(join(temporaryFolder({ 'main.js': '' }), 'main.js'))
    expect(findRoot()).toBe(process.cwd())
  })
})

describe('the entry module', () => {
  test('is the one that Bun or Deno reports, even if argv has another one', () => {
    startedWith('/other/main.js')
    vi.stubGlobal('Deno', { mainModule: pathToFileURL('/deno app/main.ts').href })
    expect(entryModule()).toBe('/deno app/main.ts')
    vi.stubGlobal('Bun', { main: '/bun/main.ts' })
    expect(entryModule()).toBe('/bun/main.ts')
  })

  test('is undefined if Deno started a module from the network', () => {
    vi.stubGlobal('Deno', { mainModule: 'https://example.com/main.ts' })
    expect(entryModule()).toBeUndefined()
  })
})
