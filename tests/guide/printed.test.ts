import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'

/**
 * SHA-256 of the code blocks in the guide. The suite runs exactly the code that a reader of the guide copies.
 */
const printed = {
  'frontend/login.ts': '92322ea562469f8347b3ce754d32a97f8a60acf582bc0b91bcdb87e6e9ad7ae4',
  'src/bootstrap.ts': '3381f985bfe2d6c7cc62c9d0194d4ddbd140998658c9a98014217389f4d07d95',
  'src/controllers/CsrfController.ts':
    '1924d5390f2f41c45f865c5af0acac95551f19ff368070f1f3e12182f8579164',
  'src/controllers/FlashController.ts':
    'f86339cf519153ff4ed93b98fc7d85ccfa9c2612ed9dc73627fa5ffbb9668400',
  'src/controllers/SessionDemoController.ts':
    '0d07edbd115400d862425a2e930d938270b21303f65c7a4d05b137f32011955a',
  'src/routes/index.ts': '4c3d68418b6df01b933566a222bf1a217a9a1c6ca3d714c47d6255efc521a213',
}

it.each(Object.entries(printed))(
  '%s is exactly the code block of the guide',
  async (path, digest) => {
    const content = await readFile(new URL(`app/${path}`, import.meta.url))

    expect(createHash('sha256').update(content).digest('hex')).toBe(digest)
  },
)
