import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../guide/processes.ts'
import { type Consumer, openConsumer, type Published } from './consumer.ts'

const attw = fileURLToPath(new URL('../../node_modules/.bin/attw', import.meta.url))

let consumer: Consumer

beforeAll(async () => {
  consumer = await openConsumer()
}, 60_000)

afterAll(() => consumer?.remove())

function packageOf(name: string): Published {
  const found = consumer.packages.find(({ manifest }) => manifest.name === name)
  if (found === undefined) throw new Error(`no package ${name} was packed`)
  return found
}

async function filesOf({ folder }: Published): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
}

describe.each(['gravito-core', '@gravito/orbit', '@gravito/stasis'])(
  'the tarball of %s',
  (name) => {
    it('passes publint without suggestions', async () => {
      const { folder, manifest } = packageOf(name)

      const { messages } = await publint({ pkgDir: folder, pack: false, strict: true })

      expect(messages.map((message) => formatMessage(message, manifest) ?? message.code)).toEqual(
        [],
      )
    })

    it('has correct types for every way to import an ES module, according to attw', async () => {
      const { tarball } = packageOf(name)

      const { code, output } = await run(
        attw,
        [tarball, '--profile', 'esm-only', '--no-color', '--format', 'ascii'],
        consumer.folder,
      )

      expect(output).toContain(name)
      expect(output).not.toContain('unresolved')
      expect(code, output).toBe(0)
    })

    it('contains the code, its types and its documents, and no other files', async () => {
      const files = await filesOf(packageOf(name))

      const expected =
        /^(package\.json|README\.md|LICENSE|bin\/\w+\.mjs|dist\/.+\.(js|d\.ts|js\.map))$/
      expect(files.filter((file) => !expected.test(file))).toEqual([])
      expect(files.filter((file) => /\b(test|spec|fixture|mock)\b/.test(file))).toEqual([])
      expect(files).toEqual(
        expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'dist/index.js']),
      )
    })

    it('has every file in its exports', async () => {
      const { manifest, folder } = packageOf(name)

      const paths = Object.values(manifest.exports).flatMap((target) =>
        typeof target === 'string' ? [target] : [target.types, target.default],
      )

      expect(paths.filter((path) => !existsSync(join(folder, path)))).toEqual([])
    })

    it('has source maps with their sources, or none', async () => {
      const published = packageOf(name)
      const files = await filesOf(published)
      const scripts = files.filter((file) => file.endsWith('.js'))

      for (const script of scripts) {
        const file = join(published.folder, script)
        const [, map] = /\/\/# sourceMappingURL=(.+)$/m.exec(await readFile(file, 'utf8')) ?? []
        if (map === undefined) continue
        const content: { sources: string[]; sourcesContent?: (string | null)[] } = JSON.parse(
          await readFile(resolve(dirname(file), map), 'utf8'),
        )
        expect(content.sourcesContent?.length, script).toBe(content.sources.length)
        expect(
          content.sourcesContent?.every((source) => source),
          script,
        ).toBe(true)
      }
    })

    it('depends on versions from a registry only', () => {
      const { manifest } = packageOf(name)

      const ranges = { ...manifest.dependencies, ...manifest.peerDependencies }

      expect(Object.values(ranges).length).toBeGreaterThan(0)
      expect(
        Object.entries(ranges).filter(([, range]) => !/^[\d^~<>=|. x-]+$/.test(range)),
      ).toEqual([])
    })

    it('supports the same Node versions as the others', () => {
      const { manifest } = packageOf(name)

      expect(manifest.engines).toEqual(packageOf('@gravito/orbit').manifest.engines)
    })
  },
)

it('`gravito` can be run as a command', async () => {
  const { manifest, folder } = packageOf('gravito-core')
  const command = join(folder, manifest.bin?.gravito ?? 'none')

  expect((await stat(command)).mode & 0o111).toBe(0o111)
  expect(await readFile(command, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
  expect((await run(command, ['--help'], consumer.folder)).output).toContain('gravito serve')
})
