import { spawnSync } from 'node:child_process'
import {
  chmod,
  cp,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { fileStore } from '../../packages/orbit/src/stores/file.ts'
import { build, start } from './file-process.ts'
import { allIn, newFolder, onlySessionIn, record } from './file-setting.ts'

const isRoot = process.getuid?.() === 0

let built: Awaited<ReturnType<typeof build>>
beforeAll(async () => {
  built = await build()
}, 60_000)
afterAll(() => built.remove())

async function setting() {
  const place = await newFolder(onTestFinished)
  const path = join(place, 'storage', 'sessions')
  return { place, path, store: fileStore({ path }) }
}

describe('what the file driver makes', () => {
  it('is for its own user only, whatever the umask', async () => {
    const { path } = await setting()
    const worker = start(built.url, ['makeAll', path, { umask: 0 }])
    expect(await worker.next()).toBe('made')
    await worker.ended()
    const modes = new Map<string, number>([['', (await lstat(path)).mode & 0o777]])
    for (const name of await allIn(path)) {
      const stats = await lstat(join(path, name))
      expect([name, stats.mode & 0o777]).toEqual([name, stats.isDirectory() ? 0o700 : 0o600])
      modes.set(name, stats.mode)
    }
    expect(modes.get('')).toBe(0o700)
    expect(modes.size).toBeGreaterThan(10)
  })

  it('is closed to others again if somebody had opened it', async () => {
    const { path, store } = await setting()
    await store.ready?.()
    await chmod(join(path, 'records'), 0o777)
    await fileStore({ path }).ready?.()
    expect((await lstat(join(path, 'records'))).mode & 0o777).toBe(0o700)
  })

  it('has no name that says whose session it is', async () => {
    const { path, store } = await setting()
    const key = '../../escape\0/ключ'
    await store.create(key, record({ owner: 'Ada' }))
    const names = (await allIn(path)).join('\n')
    expect(names).toMatch(/^[\w\n/-]+$/)
    expect(names).not.toMatch(/escape|Ada/)
    expect(names.toLowerCase()).toBe(names)
  })

  it('is two files for a session, however often it is written and touched', async () => {
    const { path, store } = await setting()
    let last = record({ owner: 'owner' })
    await store.create('key', last)
    for (let count = 0; count < 20; count += 1) {
      const next = record({ owner: 'owner' })
      await store.replace('key', next, last.version)
      await store.touch('key', next.version, Date.now(), next.expiresAt + count)
      last = next
    }
    const { home } = await onlySessionIn(path)
    expect(await readdir(home)).toHaveLength(2)
    await store.destroy('key')
    const files = await allIn(path)
    expect(files.filter((name) => name.split('/').length > 2)).toEqual([])
  })

  it('comes back if somebody removes it while the app runs', async () => {
    const { path, store } = await setting()
    await store.create('key', record())
    await rm(path, { recursive: true })
    expect(await store.load('key')).toBeUndefined()
    expect(await store.create('key', record({ owner: 'owner' }))).toBe('created')
    expect(await store.list('owner')).toHaveLength(1)
  })
})

describe('a link', () => {
  it("in the place of a session's folder is not followed", async () => {
    const { place, path, store } = await setting()
    const { version } = record()
    await store.create('key', record({ version }))
    const { home } = await onlySessionIn(path)
    const elsewhere = join(place, 'elsewhere')
    await rename(home, elsewhere)
    const before = await readdir(elsewhere)
    await symlink(elsewhere, home)
    await expect(store.load('key')).rejects.toThrow()
    await expect(store.replace('key', record(), version)).rejects.toThrow()
    await expect(store.touch('key', version, 1, Date.now() * 2)).rejects.toThrow()
    await expect(store.destroy('key')).rejects.toThrow()
    await expect(store.create('key', record())).rejects.toThrow()
    expect(await readdir(elsewhere)).toEqual(before)
  })

  it("in the place of a session's file is not followed", async () => {
    const { place, path, store } = await setting()
    await store.create('key', record())
    const { data } = await onlySessionIn(path)
    const elsewhere = join(place, 'elsewhere')
    await rename(data, elsewhere)
    await symlink(elsewhere, data)
    await expect(store.load('key')).rejects.toThrow(/ELOOP/)
  })

  it('in the place of a shard, the index or the secret is not followed', async () => {
    const { place, path, store } = await setting()
    await store.create('key', record({ owner: 'owner' }))
    await store.secret?.('a secret')
    const { home } = await onlySessionIn(path)
    for (const folder of [dirname(home), join(path, 'owners'), join(path, 'secret')]) {
      const elsewhere = join(place, 'elsewhere')
      await rm(elsewhere, { recursive: true, force: true })
      await rename(folder, elsewhere)
      await symlink(elsewhere, folder)
      const fresh = fileStore({ path })
      const use = async () => {
        await fresh.secret?.('another')
        await fresh.load('key')
        await fresh.create('another key', record({ owner: 'owner' }))
      }
      await expect(use()).rejects.toThrow()
      await rm(folder)
      await cp(elsewhere, folder, { recursive: true })
    }
  })
})

describe('a folder that cannot serve', () => {
  const expected = {
    name: 'SessionConfigError',
    message: /The file driver cannot keep sessions in/,
  }

  it('is told at boot: a file in its place', async () => {
    const { path, store } = await setting()
    await mkdir(dirname(path))
    await writeFile(path, '')
    await expect(store.ready?.()).rejects.toMatchObject(expected)
  })

  it('is told at boot: a file above it', async () => {
    const { path, store } = await setting()
    await writeFile(dirname(path), '')
    await expect(store.ready?.()).rejects.toMatchObject(expected)
  })

  it('is told at boot: no right to write there', async () => {
    const { place, path } = await setting()
    await mkdir(dirname(path))
    await chmod(place, 0o755)
    // Root may write anywhere, so it becomes nobody first.
    if (!isRoot) await chmod(dirname(path), 0o500)
    const what = isRoot ? 'bootAsNobody' : 'boot'
    const told = await start(built.url, [what, path]).next()
    expect(told).toMatch(/^SessionConfigError: The file driver cannot keep .* \(EACCES\)/)
    expect(told).toContain('file.path')
    if (!isRoot) await chmod(dirname(path), 0o700)
  })

  it('is told at boot: a name that no file system takes', async () => {
    const { place } = await setting()
    const store = fileStore({ path: join(place, 'x'.repeat(300)) })
    await expect(store.ready?.()).rejects.toMatchObject(expected)
  })

  it('is refused in the options: no name, no time', () => {
    for (const path of ['', 'a\0b']) expect(() => fileStore({ path })).toThrow(/file\.path/)
    for (const sweepIntervalSeconds of [0, -1, Number.NaN, 86_401]) {
      expect(() => fileStore({ sweepIntervalSeconds })).toThrow(/file\.sweepIntervalSeconds/)
    }
  })
})

describe('a write that the disk has no room for', () => {
  it('throws and leaves the session as it was: a limit on the size of files', async () => {
    const { path, store } = await setting()
    await store.create('key', record())
    const limited = ['sh', '-c', 'trap "" XFSZ; ulimit -f 64; exec "$0" "$@"', process.execPath]
    const given = { key: 'key', size: 200_000 }
    const told = await start(built.url, ['replaceOnce', path, given], limited).next()
    expect(told).toEqual({ outcome: 'EFBIG', isAsBefore: true })
    const { home } = await onlySessionIn(path)
    expect(await readdir(home)).toHaveLength(2)
  })

  if (canMount()) {
    it('throws and leaves the session as it was: a full disk', async () => {
      const { place, store, path } = await mounted('size=256k')
      const first = record({ payload: 'x'.repeat(20_000), owner: 'owner' })
      await store.create('key', first)
      await writeFile(join(place, 'filler'), 'x'.repeat(10_000_000)).catch(() => {})
      const big = record({ payload: 'x'.repeat(100_000), owner: 'owner' })
      await expect(store.replace('key', big, first.version)).rejects.toThrow(/ENOSPC/)
      await expect(store.create('another', big)).rejects.toThrow(/ENOSPC/)
      expect(await store.load('key')).toEqual(first)
      expect((await store.list('owner')).map(({ key }) => key)).toEqual(['key'])
      const { home } = await onlySessionIn(path)
      expect(await readdir(home)).toHaveLength(2)
      expect(await readdir(join(path, 'temporary'))).toEqual([])
      // Who has no room to write can still sign out.
      expect(await store.touch('key', first.version, Date.now(), first.expiresAt + 1)).toBe(true)
      expect(await store.destroyOwner('owner')).toBe(1)
      await rm(join(place, 'filler'))
      expect(await store.create('key', big)).toBe('created')
      await fileStore({ path }).ready?.()
    })

    it('throws where the disk can only be read, and goes on when it can be written', async () => {
      const { place, path, store } = await mounted('size=1m')
      const first = record()
      await store.create('key', first)
      mount('-o', 'remount,ro', place)
      await expect(store.replace('key', record(), first.version)).rejects.toThrow(/EROFS/)
      await expect(store.create('another', record())).rejects.toThrow(/EROFS/)
      await expect(store.destroy('key')).rejects.toThrow(/EROFS/)
      expect(await store.load('key')).toEqual(first)
      await expect(fileStore({ path }).ready?.()).rejects.toThrow(/EROFS/)
      mount('-o', 'remount,rw', place)
      expect(await store.replace('key', record(), first.version)).toBe('replaced')
    })
  }
})

describe('a record that a power loss has taken a part of', () => {
  for (const [what, text] of Object.entries({
    'an empty file': '',
    'half a file': '{"key":"key","ver',
    zeros: '\0'.repeat(200),
    'another shape': '{"key":1}',
  })) {
    it(`is over, and its place is free: ${what}`, async () => {
      const { path, store } = await setting()
      await store.create('key', record({ owner: 'owner' }))
      const { data } = await onlySessionIn(path)
      await writeFile(data, text)
      expect(await store.load('key')).toBeUndefined()
      expect(await store.list('owner')).toEqual([])
      expect(await store.create('key', record({ owner: 'owner' }))).toBe('created')
      expect(await store.list('owner')).toHaveLength(1)
      expect(await store.destroyOwner('owner')).toBe(1)
    })
  }

  it('is over, and its place is free: no file at all', async () => {
    const { path, store } = await setting()
    await store.create('key', record())
    await rm((await onlySessionIn(path)).data)
    expect(await store.load('key')).toBeUndefined()
    expect(await store.create('key', record())).toBe('created')
  })
})

describe('the secret', () => {
  it('lies apart from the sessions, and stays when they are removed', async () => {
    const { path, store } = await setting()
    await store.create('key', record({ owner: 'owner' }))
    expect(await store.secret?.('one')).toBe('one')
    for (const area of ['records', 'owners', 'temporary']) {
      await rm(join(path, area), { recursive: true })
    }
    expect(await fileStore({ path }).secret?.('two')).toBe('one')
    const file = join(path, 'secret', 'secret')
    expect((await lstat(file)).mode & 0o777).toBe(0o600)
    expect(await readFile(file, 'utf8')).toBe('"one"')
  })

  it('that is broken is an error that says what to do, never a new one in silence', async () => {
    const { path, store } = await setting()
    await store.secret?.('one')
    await writeFile(join(path, 'secret', 'secret'), '')
    await expect(store.secret?.('two')).rejects.toThrow(/Remove the folder/)
  })
})

/** A small disk of its own for a test. */
async function mounted(options: string) {
  const place = await newFolder(onTestFinished)
  mount('-t', 'tmpfs', '-o', options, 'tmpfs', place)
  onTestFinished(() => {
    system('umount', place)
  })
  const path = join(place, 'sessions')
  return { place, path, store: fileStore({ path }) }
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
