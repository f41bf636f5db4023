import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { blocksOf } from './blocks.ts'
import { fromRoot, readPages } from './pages.ts'

const guide = (await readPages()).find(({ path }) => path.startsWith('docs/guide/'))

it.each([
  'src/bootstrap.ts',
  'src/controllers/SessionDemoController.ts',
  'src/controllers/FlashController.ts',
  'src/controllers/CsrfController.ts',
  'src/routes/index.ts',
  'frontend/login.ts',
])('the guide prints %s as it is run on every runtime by tests/guide', async (file) => {
  const printed = guide && blocksOf(guide).find((block) => block.file === file)

  // Where there is something hidden above the block, the file is its end.
  expect(printed?.code.endsWith(await readFile(fromRoot(`tests/guide/app/${file}`), 'utf8'))).toBe(
    true,
  )
})
