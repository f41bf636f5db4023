import { spawnSync } from 'node:child_process'
import {
  chmod,
  chown,
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
import { unreadable } from '../../packages/orbit/src/stores/store.ts'
import { build, start } from './file-process.ts'
import { allIn, hour, newFolder, onlyRecordIn, record, recordsIn } from './file-setting.ts'

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

describe('a file that the driver creates', () => {
  it('is accessible to its own user only, whatever the umask', async () => {
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
    expect(modes.size).toBe(5)
  })

  it('becomes private again if it was opened to other users', async () => {
    const { path, store } = await setting()
    await store.ready()
    await chmod(join(path, 'records'), 0o777)
    await fileStore({ path }).ready()
    expect((await lstat(join(path, 'records'))).mode & 0o777).toBe(0o700)
  })

  it('has a name that does not reveal whose session it is', async () => {
    const { path, store } = await setting()
    const key = '../../Escape\0/ключ'
    await store.compareAndSet(key, undefined, record({ version: 'Version/../..' }))
    const names = (await allIn(path)).join('\n')
    expect(names).toMatch(/^[\w\n/-]+$/)
    expect(names).not.toMatch(/escape|version/i)
    expect(names.toLowerCase()).toBe(names)
  })

  it('is one of two per record, however often the record is written', async () => {
    const { path, store } = await setting()
    let last = record()
    await store.compareAndSet('key', undefined, last)
    for (let count = 0; count < 20; count += 1) {
      const next = record({ expiresAt: Date.now() + hour + count })
      expect(await store.compareAndSet('key', last.version, next)).toBe(true)
      last = next
    }
    const { home } = await onlyRecordIn(path)
    expect(await readdir(home)).toHaveLength(2)
    expect(await store.compareAndSet('key', last.version, undefined)).toBe(true)
    expect(await allIn(path)).toEqual(['records'])
  })

  it('is created again if it was removed while the app runs', async () => {
    const { path, store } = await setting()
    await store.compareAndSet('key', undefined, record())
    await rm(path, { recursive: true })
    expect(await store.load('key')).toBeUndefined()
    const again = record()
    expect(await store.compareAndSet('key', undefined, again)).toBe(true)
    expect(await store.load('key')).toEqual(again)
  })

  it('is not confused with other files in the same folder', async () => {
    const { path, store } = await setting()
    const first = record()
    await store.compareAndSet('key', undefined, first)
    const { home } = await onlyRecordIn(path)
    for (const place of [path, join(path, 'records'), home]) {
      for (const name of ['.DS_Store', 'header1_stray', 'new_stray', 'a'.repeat(64)]) {
        await writeFile(join(place, name), 'stray')
      }
    }
    expect(await store.load('key')).toEqual(first)
    expect(await store.prune()).toBe(0)
    const keys: string[] = []
    for await (const key of store.keys()) keys.push(key)
    expect(keys).toEqual(['key'])
    const next = record()
    expect(await store.compareAndSet('key', first.version, next)).toBe(true)
    expect(await store.compareAndSet('key', next.version, undefined)).toBe(true)
    expect(await store.compareAndSet('key', undefined, record())).toBe(true)
    await store.ready()
  })

  it('can be next to an unknown file, but an unknown folder is an error', async () => {
    const { path, store } = await setting()
    await store.compareAndSet('key', undefined, record())
    const { home } = await onlyRecordIn(path)
    for (const name of await readdir(home)) await rm(join(home, name))
    await writeFile(join(home, '.DS_Store'), '')
    const next = record()
    expect(await store.compareAndSet('key', undefined, next)).toBe(true)
    expect(await store.compareAndSet('key', next.version, undefined)).toBe(true)
    await mkdir(join(home, 'a folder'), { recursive: true })
    await expect(store.compareAndSet('key', undefined, record())).rejects.toThrow(/a folder/)
  })

  it('is ignored if its folder has two headers, as after a restored backup', async () => {
    const { path, store } = await setting()
    await store.compareAndSet('key', undefined, record())
    const { home, header } = await onlyRecordIn(path)
    await cp(header, join(home, `header1_${'0'.repeat(16)}_${'0'.repeat(64)}_Infinity`))
    expect(await store.load('key')).toBeUndefined()
    const next = record()
    expect(await store.compareAndSet('key', undefined, next)).toBe(true)
    expect(await store.load('key')).toEqual(next)
  })
})

describe('a symbolic link', () => {
  it("instead of a record's folder is not followed", async () => {
    const { place, path, store } = await setting()
    const { version } = record()
    await store.compareAndSet('key', undefined, record({ version }))
    const { home } = await onlyRecordIn(path)
    const elsewhere = join(place, 'elsewhere')
    await rename(home, elsewhere)
    const before = await readdir(elsewhere)
    await symlink(elsewhere, home)
    await expect(store.load('key')).rejects.toThrow(/must be a folder/)
    for (const expected of [undefined, version, '']) {
      for (const next of [undefined, record()]) {
        await expect(store.compareAndSet('key', expected, next)).rejects.toThrow(/must be a folder/)
      }
    }
    await store.prune()
    expect(await readdir(elsewhere)).toEqual(before)
  })

  it("instead of a record's data is not followed", async () => {
    const { place, path, store } = await setting()
    await store.compareAndSet('key', undefined, record())
    const { data } = await onlyRecordIn(path)
    const elsewhere = join(place, 'elsewhere')
    await rename(data, elsewhere)
    await symlink(elsewhere, data)
    await expect(store.load('key')).rejects.toThrow(/ELOOP/)
  })

  it('instead of the folder of all records is an error at boot', async () => {
    const { place, path, store } = await setting()
    await store.compareAndSet('key', undefined, record())
    const elsewhere = join(place, 'elsewhere')
    await rename(join(path, 'records'), elsewhere)
    await symlink(elsewhere, join(path, 'records'))
    await expect(fileStore({ path }).ready()).rejects.toThrow(/cannot keep sessions in .*records/)
  })

  it('is allowed as the folder in the option', async () => {
    const { place, path, store } = await setting()
    await mkdir(join(place, 'elsewhere'))
    await mkdir(dirname(path))
    await symlink(join(place, 'elsewhere'), path)
    await store.ready()
    expect(await store.compareAndSet('key', undefined, record())).toBe(true)
  })
})

describe('an unusable folder', () => {
  const expected = {
    name: 'SessionConfigError',
    message: /The file driver cannot keep sessions in/,
  }

  it('is an error at boot: a file instead of the folder', async () => {
    const { path, store } = await setting()
    await mkdir(dirname(path))
    await writeFile(path, '')
    await expect(store.ready()).rejects.toMatchObject(expected)
  })

  it('is an error at boot: a file instead of a parent folder', async () => {
    const { path, store } = await setting()
    await writeFile(dirname(path), '')
    await expect(store.ready()).rejects.toMatchObject(expected)
  })

  it('is an error at boot: no permission to write', async () => {
    const { place, path } = await setting()
    await mkdir(dirname(path))
    await chmod(place, 0o755)
    // Root can write anywhere, so the process changes to another user first.
    if (!isRoot) await chmod(dirname(path), 0o500)
    const what = isRoot ? 'bootAsNobody' : 'boot'
    const told = await start(built.url, [what, path]).next()
    expect(told).toMatch(/^SessionConfigError: The file driver cannot keep .* \(EACCES\)/)
    expect(told).toContain('file.path')
    if (!isRoot) await chmod(dirname(path), 0o700)
  })

  it('is an error at boot: a name that no file system accepts', async () => {
    const { place } = await setting()
    const store = fileStore({ path: join(place, 'x'.repeat(300)) })
    await expect(store.ready()).rejects.toMatchObject(expected)
  })

  it('is refused in the options: an empty path, an invalid time', () => {
    for (const path of ['', 'a\0b']) expect(() => fileStore({ path })).toThrow(/file\.path/)
    for (const sweepIntervalSeconds of [0, -1, Number.NaN, 86_401]) {
      expect(() => fileStore({ sweepIntervalSeconds })).toThrow(/file\.sweepIntervalSeconds/)
    }
  })

  // Only root can change the owner of a folder.
  if (isRoot) {
    for (const name of ['', 'records']) {
      it(`is an error at boot: another user created it (${name || 'the folder itself'})`, async () => {
        const { path, store } = await setting()
        await mkdir(join(path, 'records'), { recursive: true })
        await chown(join(path, name), 65_534, 65_534)
        const told = store.ready()
        await expect(told).rejects.toMatchObject(expected)
        await expect(told).rejects.toThrow(/user 65534 owns .* user 0.*chown -R.*file\.path/)
        await chown(join(path, name), 0, 0)
        await store.ready()
        expect((await recordsIn(path)).size).toBe(0)
      })
    }

    it('can be inside a volume that belongs to root', async () => {
      const { place, path } = await setting()
      await chmod(place, 0o755)
      await mkdir(path, { recursive: true })
      await chmod(path, 0o777)
      expect(await start(built.url, ['bootAsNobody', path]).next()).toBe('ready')
      expect((await lstat(join(path, 'records'))).uid).toBe(65_534)
    })
  }
})

describe('a write without enough disk space', () => {
  it('throws and keeps the old record: a limit on the size of files', async () => {
    const { path, store } = await setting()
    await store.compareAndSet('key', undefined, record())
    const limited = ['sh', '-c', 'trap "" XFSZ; ulimit -f 64; exec "$0" "$@"', process.execPath]
    const given = { key: 'key', size: 200_000 }
    const told = await start(built.url, ['replaceOnce', path, given], limited).next()
    expect(told).toEqual({ outcome: 'EFBIG', isAsBefore: true })
    const { home } = await onlyRecordIn(path)
    expect(await readdir(home)).toHaveLength(2)
  })

  if (canMount()) {
    it('throws and keeps the old record: a full disk', async () => {
      const { place, store, path } = await mounted('size=256k')
      const first = record({ payload: 'x'.repeat(20_000) })
      await store.compareAndSet('key', undefined, first)
      await writeFile(join(place, 'filler'), 'x'.repeat(10_000_000)).catch(() => {})
      const big = record({ payload: 'x'.repeat(100_000) })
      const full = {
        code: 'session-store-full',
        message: expect.stringMatching(/ENOSPC.*file\.path/),
      }
      await expect(store.compareAndSet('key', first.version, big)).rejects.toMatchObject(full)
      await expect(store.compareAndSet('another', undefined, big)).rejects.toMatchObject(full)
      expect(await store.load('key')).toEqual(first)
      expect(await recordsIn(path)).toHaveProperty('size', 1)
      const { home } = await onlyRecordIn(path)
      expect(await readdir(home)).toHaveLength(2)
      // A full disk may have space later, so the app boots. And users can still sign out.
      await fileStore({ path }).ready()
      expect(await store.compareAndSet('key', first.version, undefined)).toBe(true)
      await rm(join(place, 'filler'))
      expect(await store.compareAndSet('key', undefined, big)).toBe(true)
    })

    it('throws if the disk has no space for one more file, and still removes records', async () => {
      const { path, store } = await mounted('size=1m,nr_inodes=7')
      const first = record()
      await store.compareAndSet('key', undefined, first)
      const full = { code: 'session-store-full' }
      await expect(store.compareAndSet('another', undefined, record())).rejects.toMatchObject(full)
      expect((await recordsIn(path)).size).toBe(1)
      expect(await store.compareAndSet('key', first.version, undefined)).toBe(true)
      expect(await store.compareAndSet('another', undefined, record())).toBe(true)
    })

    it('throws if the disk is read-only, and succeeds once it is writable', async () => {
      const { place, path, store } = await mounted('size=1m')
      const first = record()
      await store.compareAndSet('key', undefined, first)
      mount('-o', 'remount,ro', place)
      await expect(store.compareAndSet('key', first.version, record())).rejects.toThrow(/EROFS/)
      await expect(store.compareAndSet('key', first.version, undefined)).rejects.toThrow(/EROFS/)
      await expect(store.compareAndSet('another', undefined, record())).rejects.toThrow(/EROFS/)
      expect(await store.load('key')).toEqual(first)
      await expect(fileStore({ path }).ready()).rejects.toThrow(/EROFS/)
      mount('-o', 'remount,rw', place)
      expect(await store.compareAndSet('key', first.version, record())).toBe(true)
    })
  }
})

describe('a record that is damaged by a power loss', () => {
  const cuts: Record<string, (text: string) => string | undefined> = {
    'an empty file': () => '',
    'half a file': (text) => text.slice(0, text.length / 2),
    'a file without its last character': (text) => text.slice(0, -1),
    zeros: (text) => '\0'.repeat(text.length),
    'zeros in the middle': (text) => text.replace('middle', '\0'.repeat(6)),
    'other data': () => '{"key":1}',
    'the record of another key': (text) => text.replace(/key$/, 'yek'),
    'a missing file': () => undefined,
  }
  for (const [what, cut] of Object.entries(cuts)) {
    it(`is unreadable, and can be replaced: ${what}`, async () => {
      const { path, store } = await setting()
      await store.compareAndSet('key', undefined, record({ payload: 'the middle of it' }))
      const { data } = await onlyRecordIn(path)
      const text = cut(await readFile(data, 'utf8'))
      if (text === undefined) await rm(data)
      else await writeFile(data, text)
      expect(await store.load('key')).toEqual(unreadable)
      expect(await store.compareAndSet('key', undefined, record())).toBe(false)
      const next = record()
      expect(await store.compareAndSet('key', '', next)).toBe(true)
      expect(await store.load('key')).toEqual(next)
    })
  }
})

describe('a record of a newer release', () => {
  const newer = { code: 'session-newer-format' }

  it('is an error, and is kept: its data', async () => {
    const { path, store } = await setting()
    await store.compareAndSet('key', undefined, record())
    const { data } = await onlyRecordIn(path)
    await writeFile(data, 'orbit2:whatever')
    await expect(store.load('key')).rejects.toMatchObject(newer)
    await expect(store.compareAndSet('key', '', record())).rejects.toMatchObject(newer)
    expect(await readFile(data, 'utf8')).toBe('orbit2:whatever')
  })

  it('is an error, and is kept: its header', async () => {
    const { path, store } = await setting()
    const { version } = record()
    await store.compareAndSet('key', undefined, record({ version }))
    const { home, header } = await onlyRecordIn(path)
    await rename(header, join(home, 'header2_whatever'))
    const before = await readdir(home)
    await expect(store.load('key')).rejects.toMatchObject(newer)
    for (const expected of [undefined, '', version]) {
      await expect(store.compareAndSet('key', expected, record())).rejects.toMatchObject(newer)
    }
    expect(await store.prune()).toBe(0)
    expect(await readdir(home)).toEqual(before)
  })
})

/** A small disk for one test. */
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
