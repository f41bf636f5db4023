import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { project, sessions } from './project.ts'

const count = (entry: string) =>
  sessions(project({ 'package.json': '{ "type": "module" }', 'app.js': entry }), ['count'])

/** The command prints only its message, without a stack. */
const message = /^gravito(?: sessions)?: [^\n]+ or --store <store>\.\n$/

describe('gravito sessions with an entry file that', { concurrent: true }, () => {
  it('ends the process: fails, and says why', async () => {
    const { code, stdout, stderr } = await count('process.exit(0)')
    expect(stderr).toMatch(message)
    expect(stderr).toContain('The app ended the process while it was loaded.')
    expect([code, stdout]).toEqual([1, ''])
  })

  it.each(['await new Promise(() => {})', 'await new Promise(() => setInterval(() => {}, 99))'])(
    'never finishes, like %s: fails after 30 seconds',
    { timeout: 60_000 },
    async (entry) => {
      const { code, stderr } = await count(entry)
      expect(stderr).toMatch(message)
      expect(stderr).toContain('The app was not loaded within 30 seconds.')
      expect(code).toBe(1)
    },
  )

  it('belongs to an app without @gravito/orbit: says what to install', async () => {
    const folder = project({})
    rmSync(join(folder, 'node_modules/@gravito/orbit'))
    const { code, stderr } = await sessions(folder, ['count'])
    expect(stderr).toBe(
      'gravito: gravito sessions needs a version of @gravito/orbit that has this command. Install it: npm i @gravito/orbit@latest\n',
    )
    expect(code).toBe(1)
  })

  it('creates no session(): says so without a stack', { timeout: 20_000 }, async () => {
    const { code, stderr } = await count('export default 1')
    expect(stderr).toMatch(message)
    expect(stderr).toContain('app.js has not created a session().')
    expect(code).toBe(1)
  })
})
