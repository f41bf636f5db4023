import { openSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fileStore } from '../../packages/orbit/src/stores/file.ts'
import { browsers, project, sessions, sessionsInTerminal } from './project.ts'

let folder: string
let app: ReturnType<typeof browsers>

beforeAll(() => {
  folder = project({})
  app = browsers(fileStore({ path: join(folder, 'sessions') }))
})

afterAll(() => app.close())

const place = ['--store', 'file:sessions']
const run = (...args: string[]) => sessions(folder, [...args, ...place])

describe('gravito sessions in a terminal', () => {
  it('prints a user id with a line break on one line', async () => {
    const owner = `eve\n${'A'.repeat(43)}  root`
    const { handle } = await app.signIn(owner)
    const { stdout } = await run('list', '--owner', owner)
    expect(stdout.trimEnd().split('\n')).toHaveLength(2)
    expect(stdout).toContain(`${handle}  eve\\nAAAA`)
    expect((await run('show', handle)).stdout).toMatch(/^User +eve\\nAAAA/m)
    expect((await run('end-owner', owner)).stdout).toMatch(/^Ended 1 session of user eve\\nAAAA/)
  })

  it('treats Ctrl-C and Ctrl-D as "no"', async () => {
    const both = [await app.signIn('ada'), await app.signIn('ada')]
    for (const key of ['\u0003', '\u0004']) {
      const args = ['end-owner', 'ada', ...place]
      const { code, stdout } = await sessionsInTerminal(folder, args, key)
      expect(stdout).toMatch(/\[y\/N\] [^a-z]*\r?\ngravito sessions: Nothing was done\.\s*$/)
      expect(code).toBe(2)
    }
    for (const { client } of both) expect(await app.isSignedIn(client)).toBe(true)
  })

  it('fails if it cannot write its output', async () => {
    await app.signIn('fay')
    const full = await sessions(
      folder,
      ['list', ...place],
      {},
      ['node'],
      openSync('/dev/full', 'w'),
    )
    expect(full.code).toBe(1)
    expect(full.stderr).toContain('The result cannot be written to the standard output.')
  })

  it('accepts handles and negative numbers, which start with a hyphen', async () => {
    const minus = `-${'x'.repeat(42)}`
    for (const args of [[minus], ['--', minus]]) {
      const { code, stderr } = await sessions(folder, ['end', ...place, ...args])
      expect(stderr).toBe(`There is no session with the handle ${minus}.\n`)
      expect(code).toBe(1)
    }
    await app.signIn(-7)
    expect((await run('list', '--owner', '-7')).stdout).toContain('-7 (number)')
    expect((await run('end-owner', '-7')).stdout).toBe('Ended 1 session of user -7 (number).\n')
    expect(await run('list', '--owner', '-x')).toMatchObject({
      code: 2,
      stderr:
        'gravito sessions: --owner needs a value. If the value starts with a hyphen, write --owner=<value>.\n',
    })
  })
})
