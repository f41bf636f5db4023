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
])('the guide prints %s exactly as tests/guide runs it', async (file) => {
  const printed = guide && blocksOf(guide).find((block) => block.file === file)

  // If the guide has hidden code above the block, the file contains only the visible part.
  expect(printed?.code.endsWith(await readFile(fromRoot(`tests/guide/app/${file}`), 'utf8'))).toBe(
    true,
  )
})
