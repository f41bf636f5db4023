import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { type SqlServer, startPostgres } from '../servers/sql.ts'
import { type Block, blocksOf, countOf, type Run } from './blocks.ts'
import { folderOf, layOut } from './layout.ts'
import { readPages } from './pages.ts'
import { runBlock } from './running.ts'
import { stepsOf } from './transcript.ts'

const pages = await readPages()
const count = pages.flatMap(blocksOf).length
const isMarked = (block: Block): block is Block & { run: Run } => block.run !== undefined
const marked = pages.flatMap((page) =>
  blocksOf(page)
    .filter(isMarked)
    .map((block) => [`${page.path}:${block.line}`, page, block] as const),
)

describe('the blocks in the docs that run', () => {
  let folder: string
  let redis: RedisServer | undefined
  let postgres: SqlServer | undefined

  beforeAll(async () => {
    folder = await layOut(pages, 'run')
    if (marked.some(([, , { run }]) => run.redis)) redis = await startRedis()
    if (marked.some(([, , { run }]) => run.postgres)) postgres = await startPostgres()
  }, 60_000)

  let right = 0
  afterAll(async () => {
    const commands = marked.flatMap(([, , { run }]) => run.consoles.flatMap(stepsOf)).length
    console.log(
      `${right} of ${marked.length} blocks did what their pages say. ${commands} commands were typed. The docs have ${count} blocks in all.`,
    )
    await redis?.stop()
    await postgres?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it.each(marked)('%s does as the page says', { timeout: 60_000 }, async (_, page, block) => {
    // Each block needs an empty server. For example, a move would count the secret that an earlier block left.
    if (block.run.redis) await (await redis?.look())?.flushAll()
    const own = join(folder, folderOf(page, block.version))
    const environment = {
      ...(block.run.redis && redis ? { REDIS_URL: redis.url } : {}),
      ...(block.run.postgres && postgres ? { DATABASE_URL: postgres.url } : {}),
    }
    const { expected, actual } = await runBlock(block.run, own, environment)
    expect(actual).toBe(expected)
    right += 1
  })

  it.each(marked.filter(([, , { run }]) => run.kind === 'app'))(
    '%s is an app, and a console block shows it in use',
    (_, _page, block) => {
      expect(block.run.consoles.length).toBeGreaterThan(0)
    },
  )

  it.each(pages.map((page) => [page.path, page] as const))(
    '%s has only console blocks that this suite types',
    (_, page) => {
      const typed = blocksOf(page).flatMap(({ run }) => run?.consoles ?? [])
      expect(typed.length).toBe(countOf(page, 'console'))
    },
  )
})
