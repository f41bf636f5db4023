import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sessionsTable } from '../../packages/orbit/src/stores/sql.ts'
import { mustRun, run } from '../guide/processes.ts'
import type { SqlServer } from '../servers/sql.ts'
import { type Opened, openers, servers, storeOf } from '../stores/sql/setting.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))
const prismaSuite = fileURLToPath(new URL('./prisma.mjs', import.meta.url))
const packageOf = (file: string) => join(here, 'node_modules', file)

describe.each(Object.entries(servers))('on %s', (_, { dialect, start, clients }) => {
  const isMysql = dialect === 'mysql'
  let server: SqlServer
  let opened: Opened
  let folder: string

  beforeAll(async () => {
    server = await start()
    opened = openers[clients[0]](server.url)
    // In this folder, so that the generated files find the packages.
    folder = await mkdtemp(join(here, '.work-'))
  }, 60_000)
  afterAll(async () => {
    await opened?.end()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  async function apply(sql: string): Promise<void> {
    const statements = sql.split(/;\s*$|--> statement-breakpoint/m).filter((one) => one.trim())
    for (const one of statements) await opened.look(one)
  }

  /** The definition of a table on the server, without its name. */
  async function described(table: string): Promise<string[]> {
    const [columns, indexes] = isMysql
      ? [
          `SELECT column_name, column_type, is_nullable, collation_name FROM information_schema.columns
           WHERE table_name = '${table}' ORDER BY ordinal_position`,
          `SELECT index_name, column_name, non_unique FROM information_schema.statistics
           WHERE table_name = '${table}' ORDER BY index_name`,
        ]
      : [
          `SELECT column_name, data_type, is_nullable FROM information_schema.columns
           WHERE table_name = '${table}' ORDER BY ordinal_position`,
          `SELECT indexdef FROM pg_indexes WHERE tablename = '${table}' ORDER BY indexname`,
        ]
    const rows = [...(await opened.look(columns)), ...(await opened.look(indexes))]
    return rows.map((row) => Object.values(row).join(' ').replaceAll(table, 'sessions'))
  }

  async function drizzleMigration(table: string): Promise<string> {
    const file = join(folder, `${table}.ts`)
    const options = { dialect, table, ownerColumn: true }
    await writeFile(file, sessionsTable({ ...options, format: 'drizzle' }))
    const strict = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext']
    await mustRun(process.execPath, [tsc, ...strict, '--ignoreConfig', file], folder)
    const out = join(folder, table)
    const kit = [packageOf('drizzle-kit/bin.cjs'), 'generate', `--schema=${file}`, `--out=${out}`]
    kit.push(`--dialect=${isMysql ? 'mysql' : 'postgresql'}`)
    await mustRun(process.execPath, kit, folder)
    const [name = ''] = (await readdir(out)).filter((one) => one.endsWith('.sql'))
    return readFile(join(out, name), 'utf8')
  }

  it('the schema for Drizzle creates the same table as the SQL', { timeout: 60_000 }, async () => {
    await apply(await drizzleMigration('by_drizzle'))
    await apply(sessionsTable({ dialect, table: 'by_sql', ownerColumn: true }))
    const expected = await described('by_sql')
    expect(expected.length).toBeGreaterThanOrEqual(9)
    expect(await described('by_drizzle')).toEqual(expected)
    const own = { table: 'by_drizzle', ownerColumn: true, createTable: false }
    const { store, warnings } = storeOf(opened, own)
    await store.ready()
    expect(warnings).toEqual([])
  })

  it('Prisma accepts the model, and its client stores sessions as in the recipe', {
    timeout: 180_000,
  }, async () => {
    const provider = isMysql ? 'mysql' : 'postgresql'
    const model = sessionsTable({ dialect, ownerColumn: true, format: 'prisma' })
    const schema = `generator client {
  provider = "prisma-client-js"
  output   = "./client"
}
datasource db {
  provider = "${provider}"
}
${model}`
    await writeFile(join(folder, 'schema.prisma'), schema)
    // Prisma's own migrations need a binary that is not on npm. The commands of this test do not use it, but
    // they check for it.
    const env = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' }
    const prisma = packageOf('prisma/build/index.js')
    for (const command of ['validate', 'generate']) {
      const args = [prisma, command, '--schema', join(folder, 'schema.prisma')]
      const { code, output } = await run(process.execPath, args, folder, env)
      expect(code, output).toBe(0)
    }
    await mustRun(process.execPath, [prismaSuite, server.url, join(folder, 'client')], here)
  })

  const onMysql = isMysql ? it : undefined
  onMysql?.('the SQL above the model for Prisma makes its table one that passes', async () => {
    // The types and the collation that Prisma chooses for this model.
    await opened.look(`CREATE TABLE by_prisma (
      \`key\` VARCHAR(64) NOT NULL, version VARCHAR(64) NOT NULL, expires_at DOUBLE NULL,
      evictable TINYINT NOT NULL, payload LONGTEXT NOT NULL, owner VARCHAR(255) NULL, PRIMARY KEY (\`key\`)
    ) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`)
    const own = { table: 'by_prisma', ownerColumn: true, createTable: false }
    const { store, warnings } = storeOf(opened, own)
    await expect(store.ready()).rejects.toThrow('ignores the case of keys')
    const model = sessionsTable({
      dialect,
      table: 'by_prisma',
      ownerColumn: true,
      format: 'prisma',
    })
    const [, sql = ''] = /^\/\/ {3}(ALTER TABLE [^;]*);/m.exec(model) ?? []
    await opened.look(sql.replaceAll('//', ''))
    await store.ready()
    expect(warnings).toEqual([])
  })
})
