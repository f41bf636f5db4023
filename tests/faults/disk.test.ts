import { spawnSync } from 'node:child_process'
import { chmod, chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { App } from './apps.ts'
import type { Browser } from './browser.ts'
import { aFolder, anApp, signedIn, timed } from './setting.ts'

const isRoot = process.getuid?.() === 0
const nobody = 65_534
const unavailable = { status: 503, retryAfter: '1', cookies: [] }
const push = (mark: string) => ({ kind: 'push', mark }) as const

/** Checks that requests that write are refused, that requests that read succeed, and that the log says why. */
async function expectReadOnly(app: App, browser: Browser, code: string, fill = 0): Promise<void> {
  const put = { kind: 'put', key: 'b', mark: 'lost', fill } as const
  expect(await timed(browser.change(app.origin, put))).toMatchObject(unavailable)
  const state = await browser.state(app.origin)
  expect(state).toMatchObject({ user: 'ada', puts: { a: 'kept' }, log: ['signed-in'] })
  expect(state.puts.b).toBeUndefined()
  expect(app.log).toContain(code)
}

async function expectWritable(app: App, browser: Browser): Promise<void> {
  expect((await browser.change(app.origin, push('after'))).status).toBe(200)
  expect(await browser.state(app.origin)).toMatchObject({
    user: 'ada',
    puts: { a: 'kept' },
    log: ['signed-in', 'after'],
  })
  await signedIn(app, 'bob')
}

describe('An app with the file driver whose disk refuses writes', () => {
  it('responds to writes with 503, and loses no data, if the folder becomes unwritable', async () => {
    const at = join(await aFolder(), 'sessions')
    const app = await anApp({ driver: 'file', at })
    if (isRoot) {
      // Root can write anywhere, so the app changes to a user who cannot.
      await chmod(join(at, '..'), 0o755)
      for (const path of await foldersIn(at, true)) await chown(path, nobody, nobody)
      await app.machine({ user: nobody })
    }
    const browser = await signedIn(app)
    const folders = await foldersIn(at)
    for (const path of folders) await chmod(path, 0o500)
    await expectReadOnly(app, browser, 'EACCES')
    const signIn = { kind: 'sign-in', user: 'eve', mark: 'lost' } as const
    expect(await timed(browser.change(app.origin, signIn))).toMatchObject(unavailable)
    const signOut = { kind: 'sign-out' } as const
    expect(await timed(browser.change(app.origin, signOut))).toMatchObject(unavailable)
    for (const path of folders) await chmod(path, 0o700)
    await expectWritable(app, browser)
  })

  it('responds to writes with 503, and loses no data, if a file would be too large', async () => {
    const at = join(await aFolder(), 'sessions')
    const via = ['sh', '-c', 'trap "" XFSZ; ulimit -f 32; exec "$0" "$@"']
    const app = await anApp({ driver: 'file', at, via })
    const browser = await signedIn(app)
    await expectReadOnly(app, browser, 'EFBIG', 50_000)
    await expectWritable(app, browser)
  })

  if (canMount()) {
    it('responds to writes with 503, and loses no data, if the disk is full', async () => {
      const place = await aDisk('size=512k')
      const app = await anApp({ driver: 'file', at: join(place, 'sessions') })
      const browser = await signedIn(app)
      await writeFile(join(place, 'filler'), 'x'.repeat(10_000_000)).catch(() => {})
      await expectReadOnly(app, browser, 'ENOSPC', 50_000)
      await rm(join(place, 'filler'))
      await expectWritable(app, browser)
    })

    it('responds to writes with 503, and loses no data, if the disk is read-only', async () => {
      const place = await aDisk('size=1m')
      const app = await anApp({ driver: 'file', at: join(place, 'sessions') })
      const browser = await signedIn(app)
      mount('-o', 'remount,ro', place)
      await expectReadOnly(app, browser, 'EROFS')
      mount('-o', 'remount,rw', place)
      await expectWritable(app, browser)
    })
  }
})

/** The path of the folder and of all folders below it. With `all`, the files too. */
async function foldersIn(folder: string, all = false): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const wanted = entries.filter((entry) => all || entry.isDirectory())
  return [folder, ...wanted.map((entry) => join(entry.parentPath, entry.name))]
}

/** A small disk for one test. */
async function aDisk(options: string): Promise<string> {
  const place = await mkdtemp(join(tmpdir(), 'gravito-disk-'))
  onTestFinished(() => rm(place, { recursive: true, force: true }))
  mount('-t', 'tmpfs', '-o', options, 'tmpfs', place)
  onTestFinished(() => {
    system('umount', place)
  })
  return place
}

function mount(...args: string[]): void {
  const { status, stderr } = system('mount', ...args)
  if (status !== 0) throw new Error(`mount: ${stderr}`)
}

function canMount(): boolean {
  return isRoot && system('unshare', '-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt').status === 0
}

function system(command: string, ...args: string[]) {
  return spawnSync(command, args, { encoding: 'utf8' })
}
